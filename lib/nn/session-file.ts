// A session as a file: the state of every layer, the logits after the last token, and whose state it is.

import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  readSafetensors,
  type StoredTensor,
  storedFloat32,
  storedInt32,
  toFloat32,
  toInt32,
  writeSafetensors,
} from '../tensor/safetensors.ts'
import type { NetworkState, SequenceNetwork } from './sequence-network.ts'

/** What a session is beside its state. */
export interface SessionFacts {
  batch: number
  maxTokens: number
  /** After the last token taken. */
  logits: Float32Array | null
  notes: Record<string, string>
}

const logitsName = 'logits'
const factsSchema = z.object({ batch: z.number(), maxTokens: z.number(), fingerprint: z.string() })

/** SHA-256 of the configuration and of every weight in the type it is kept in. */
async function fingerprintOf(network: SequenceNetwork): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(network.config))
  for (const [{ name }, tensor] of network.parameters.entries())
    hash.update(`${name} ${tensor.dtype}`).update(await tensor.data())
  return hash.digest('hex')
}

/** Every tensor of a state under a name that tells its layer. */
function* named(state: NetworkState) {
  for (const [layer, tensors] of state.entries())
    for (const [name, tensor] of Object.entries(tensors)) yield [`layers.${layer}.${name}`, tensor] as const
}

/** Writes the file beside `path` and renames it. No token may be under way. */
export async function writeSession(
  path: string,
  network: SequenceNetwork,
  state: NetworkState,
  { batch, maxTokens, logits, notes }: SessionFacts,
): Promise<void> {
  const tensors = new Map<string, StoredTensor>()
  for (const [name, tensor] of named(state))
    tensors.set(
      name,
      tensor.dtype === 'int32'
        ? storedInt32(await tensor.indices(), tensor.shape)
        : storedFloat32(await tensor.data(), tensor.shape),
    )
  if (logits) tensors.set(logitsName, storedFloat32(logits, [batch, logits.length / batch]))
  const facts = { batch, maxTokens, fingerprint: await fingerprintOf(network) }
  const metadata = { ...notes, format: 'parascan-session', session: JSON.stringify(facts) }
  await writeSafetensors(path, { metadata, tensors })
}

/**
 * What {@link writeSession} wrote, with a function that puts it into a state of the same size.
 *
 * @throws Error with code ERR_PARASCAN_FORMAT for a file that holds no session, ERR_PARASCAN_SESSION_MISMATCH for the
 * session of another model
 */
export async function readSession(
  path: string,
  network: SequenceNetwork,
): Promise<SessionFacts & { restore(state: NetworkState): void }> {
  const fail = (code: string, what: string): never => {
    throw Object.assign(new Error(`${path} ${what}`), { code })
  }
  const { metadata, tensors } = await readSafetensors(path)
  const { session, format: _, ...notes } = metadata
  if (session === undefined) fail('ERR_PARASCAN_FORMAT', 'holds no session')
  const { batch, maxTokens, fingerprint } = factsSchema.parse(JSON.parse(session as string))
  if (fingerprint !== (await fingerprintOf(network)))
    fail('ERR_PARASCAN_SESSION_MISMATCH', 'holds a session of another model, or of other weights')
  const logits = tensors.get(logitsName)
  return {
    batch,
    maxTokens,
    logits: logits ? toFloat32(logits) : null,
    notes,
    restore(state) {
      for (const [name, tensor] of named(state)) {
        const stored = tensors.get(name)
        if (stored?.shape.join() !== tensor.shape.join())
          return fail('ERR_PARASCAN_FORMAT', `lacks "${name}" of shape [${tensor.shape}]`)
        tensor.write(tensor.dtype === 'int32' ? toInt32(stored) : toFloat32(stored))
      }
    },
  }
}
