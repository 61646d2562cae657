// Checkpoints of random numbers, and a writer of safetensors of its own: what the loader is tested with shares no code
// with it.

import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Random } from '../../../lib/tensor/random.ts'

export type Dtype = 'F32' | 'F16' | 'BF16'

export interface Values {
  shape: number[]
  values: Float64Array
}

/** By the name in the file. */
export type Tensors = Map<string, Values>
export type Config = Record<string, unknown>

/** Numbers that every type holds exactly: a multiple of 1/64 of at most eight bits, times a power of two. */
export function randomTensors(shapes: Record<string, number[]>, seed: number): Tensors {
  const random = new Random(seed)
  const draw = (name: string): number => {
    const value = random.integer(-100, 101) / 64
    if (/norm.*weight$/.test(name)) return 1 + Math.trunc(value * 16) / 64
    return /\.(A_log|D|dt_bias|bias|r_k|k_k|k_a)$|conv1d|embed/.test(name) ? value / 2 : value / 8
  }
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1)
      return [name, { shape, values: Float64Array.from({ length: count }, () => draw(name)) }]
    }),
  )
}

const width = { F32: 4, F16: 2, BF16: 2 }

function put(view: DataView, at: number, value: number, dtype: Dtype): void {
  const whole = new DataView(new ArrayBuffer(4))
  whole.setFloat32(0, value)
  const bits = whole.getUint32(0)
  if (dtype === 'F32') view.setUint32(at, bits, true)
  else view.setUint16(at, dtype === 'BF16' ? bits >>> 16 : halfBits(value, bits), true)
}

/** Of a normal number that half the bits hold, or 0. */
function halfBits(value: number, bits: number): number {
  const exponent = ((bits >>> 23) & 0xff) - 127 + 15
  const half = value === 0 ? 0 : (exponent << 10) | ((bits >>> 13) & 0x3ff)
  return ((bits >>> 16) & 0x8000) | half
}

/** The bytes of a safetensors file. */
export function encoded(tensors: Tensors, dtype: Dtype): Uint8Array {
  const header: Record<string, unknown> = {}
  let end = 0
  for (const [name, { shape, values }] of tensors) {
    const start = end
    end += values.length * width[dtype]
    header[name] = { dtype, shape, data_offsets: [start, end] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + end)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  let at = 8 + json.length
  for (const { values } of tensors.values())
    for (const value of values) {
      put(view, at, value, dtype)
      at += width[dtype]
    }
  return bytes
}

/** Writes a folder as the hub has it, in one file or in shards. */
export async function writeCheckpoint(
  folder: string,
  config: Config,
  tensors: Tensors,
  { dtype = 'F32', shards = 1 }: { dtype?: Dtype; shards?: number } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'config.json'), JSON.stringify(config))
  if (shards === 1) return writeFile(join(folder, 'model.safetensors'), encoded(tensors, dtype))
  const weightMap: Record<string, string> = {}
  for (let i = 0; i < shards; i++) {
    const name = `model-0000${i + 1}-of-0000${shards}.safetensors`
    const part: Tensors = new Map([...tensors].filter((_, at) => at % shards === i))
    for (const key of part.keys()) weightMap[key] = name
    await writeFile(join(folder, name), encoded(part, dtype))
  }
  const index = { metadata: { total_size: 0 }, weight_map: weightMap }
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify(index))
}
