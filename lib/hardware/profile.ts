// The profiler: what a network costs on this machine. Times are taken on the engine's own thread over captured
// programs, so they hold nothing of JavaScript.

import { addon } from '../native/load.ts'
import { Program } from '../tensor/program.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { EnergyMeter, energyUnavailable } from './energy.ts'
import { summarise, type Timing, undisturbed } from './timing.ts'

/** What the profiler needs of a network; language models and classifiers have it. */
export interface Profilable {
  forward(ids: Tensor): Tensor
  session(options: { batch: number }): Disposable & { program: Program; bytes: number }
  parameterCount: number
  parameterBytes: number
  flops(tokens: number): number
}

export interface ProfileOptions {
  batch?: number
  /** Tokens of the prefill. */
  tokens?: number
  /** Runs before measuring. */
  warmup?: number
  /** Runs measured at most. */
  repeats?: number
  /** Seconds that each of the measurements takes at most. */
  seconds?: number
}

/** What a run takes here and now, and what it takes without whatever else the machine is doing. */
export interface NetworkTiming extends Timing {
  /** Seconds: the least median of five consecutive runs. Repeats within a few per cent where the median does not. */
  undisturbed: number
}

export interface Profile {
  /** Of one token for each sequence, through the streaming session. */
  decode: NetworkTiming
  /** Of `tokens` tokens for each sequence at once. */
  prefill: NetworkTiming
  /** Bytes of weights, and of the larger of what a prefill and a session need beside them. */
  memoryBytes: number
  parameters: number
  /** Floating-point operations of one prefill, by formula. */
  flops: number
  /** Joules a decoded token, or why they are not known. */
  energy: { joulesPerToken: number } | { unavailable: string }
}

const rounds = 6
const defaults = { batch: 1, tokens: 128, warmup: 10, repeats: 100_000, seconds: 1 }

/** Time of one decoded token, with the caches warm. */
export function measureDecode(network: Profilable, options: ProfileOptions = {}): Promise<NetworkTiming> {
  const { batch } = { ...defaults, ...options }
  return timeInRounds(options, async (limits) => {
    using session = network.session({ batch })
    return await session.program.time(limits)
  })
}

/** Time of a forward pass over `tokens` tokens. */
export function measurePrefill(network: Profilable, options: ProfileOptions = {}): Promise<NetworkTiming> {
  return timeInRounds(options, async (limits) => {
    using program = prefillProgram(network, options)
    return await program.time(limits)
  })
}

/** Several rounds, each in memory of its own, since that decides which lines compete in a cache, and on the next core. */
async function timeInRounds(
  options: ProfileOptions,
  timed: (limits: {
    warmup: number
    repeats: number
    seconds: number
    turn: number
  }) => Promise<Float64Array>,
): Promise<NetworkTiming> {
  const { warmup, repeats, seconds } = { ...defaults, ...options }
  const limits = { warmup, repeats: Math.ceil(repeats / rounds), seconds: seconds / rounds }
  const runs: Float64Array[] = []
  for (let turn = 0; turn < rounds; turn++) runs.push(await timed({ ...limits, turn }))
  return {
    undisturbed: Math.min(...runs.map(undisturbed)),
    ...summarise(runs.flatMap((round) => Array.from(round))),
  }
}

/** Bytes of weights and of the larger of what a prefill and a session need beside them, as the allocator counts. */
export async function measureMemory(network: Profilable, options: ProfileOptions = {}): Promise<number> {
  const { batch } = { ...defaults, ...options }
  using session = network.session({ batch })
  using program = prefillProgram(network, options)
  addon.resetPeakMemory()
  await program.time({ warmup: 0, repeats: 1, seconds: 60 })
  const prefill = program.bytes + addon.memoryStats().scratchPeakBytes
  addon.resetPeakMemory()
  await session.program.time({ warmup: 0, repeats: 1, seconds: 60 })
  const decode = session.bytes + addon.memoryStats().scratchPeakBytes
  return network.parameterBytes + Math.max(prefill, decode)
}

/**
 * Joules a decoded token, from the processor's counters over `seconds` of decoding.
 *
 * @throws UnavailableError where the machine has no counters.
 */
export async function measureEnergy(network: Profilable, options: ProfileOptions = {}): Promise<number> {
  const { batch } = { ...defaults, ...options }
  const meter = new EnergyMeter()
  using session = network.session({ batch })
  const runs = await session.program.time({ warmup: 0, repeats: Number.MAX_SAFE_INTEGER, seconds: 1 })
  return meter.read().joules / (runs.length * batch)
}

/** Measures everything. */
export async function profile(network: Profilable, options: ProfileOptions = {}): Promise<Profile> {
  const unavailable = energyUnavailable()
  return {
    decode: await measureDecode(network, options),
    prefill: await measurePrefill(network, options),
    memoryBytes: await measureMemory(network, options),
    parameters: network.parameterCount,
    flops: network.flops(options.tokens ?? defaults.tokens),
    energy:
      unavailable === undefined ? { joulesPerToken: await measureEnergy(network, options) } : { unavailable },
  }
}

/** The timed program outlives the scope, and so does its input. */
function prefillProgram(network: Profilable, options: ProfileOptions): Program {
  const { batch, tokens } = { ...defaults, ...options }
  if (!Number.isInteger(tokens) || tokens < 1)
    throw new RangeError(`\`tokens\` must be a whole number from 1, got ${tokens}`)
  return Program.capture(() =>
    scope(() => network.forward(Tensor.fromIndices(new Int32Array(batch * tokens), [batch, tokens]))),
  )
}
