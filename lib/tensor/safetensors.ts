// Reads and writes the safetensors format: eight bytes of header length, a JSON header, raw little-endian data.
// A file is checked wholly before any of its data is used, so that a damaged one is an error and nothing else.

import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'

export type StoredType = 'F32' | 'F16' | 'BF16' | 'I32' | 'I64'

export interface StoredTensor {
  dtype: StoredType
  shape: number[]
  /** The raw bytes, little-endian. */
  bytes: Uint8Array
}

export interface SafetensorsFile {
  metadata: Record<string, string>
  tensors: Map<string, StoredTensor>
}

const elementBytes: Record<StoredType, number> = { F32: 4, F16: 2, BF16: 2, I32: 4, I64: 8 }
const isStoredType = (dtype: string): dtype is StoredType => Object.hasOwn(elementBytes, dtype)
/** The format's own bound, against headers that are made to exhaust memory. */
const longestHeader = 100_000_000

const size = z.number().int().nonnegative()
const entrySchema = z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) })
const headerSchema = z
  .object({ __metadata__: z.record(z.string(), z.string()).optional() })
  .catchall(z.unknown())

function corrupt(path: string, what: string): Error {
  return Object.assign(new Error(`${path} is not a whole safetensors file: ${what}`), {
    code: 'ERR_PARASCAN_FORMAT',
  })
}

/**
 * Reads a file.
 *
 * @throws Error with code ERR_PARASCAN_FORMAT naming what is wrong: truncated, overlapping or out-of-range data, a header
 * that is no JSON, a type this package does not read.
 */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  const bytes = await readFile(path).catch((error: Error) => {
    throw Object.assign(error, { path }) // Node leaves it out where the path is a folder
  })
  return parseSafetensors(bytes, path)
}

/** As {@link readSafetensors}, from memory; `path` is used in messages. */
export function parseSafetensors(file: Uint8Array, path = 'data'): SafetensorsFile {
  if (file.length < 8) throw corrupt(path, `it has ${file.length} bytes, a header needs 8`)
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const headerLength = Number(view.getBigUint64(0, true))
  if (headerLength > longestHeader || headerLength > file.length - 8)
    throw corrupt(path, `its header of ${headerLength} bytes does not fit into ${file.length} bytes`)
  const header = parseHeader(file.subarray(8, 8 + headerLength), path)
  const data = file.subarray(8 + headerLength)

  const tensors = new Map<string, StoredTensor>()
  const ranges: [start: number, end: number, name: string][] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw corrupt(path, `the entry of "${name}" is malformed`)
    const { dtype, shape, data_offsets } = entry.data
    if (!isStoredType(dtype)) throw corrupt(path, `"${name}" holds ${dtype}, which is not read here`)
    const [start, end] = data_offsets
    const wanted = shape.reduce((product, n) => product * n, elementBytes[dtype])
    if (end < start || end > data.length || end - start !== wanted)
      throw corrupt(
        path,
        `"${name}" of shape [${shape.join(', ')}] needs ${wanted} bytes, its range is ${start} to ${end} of ${data.length}`,
      )
    ranges.push([start, end, name])
    tensors.set(name, { dtype, shape, bytes: data.subarray(start, end) })
  }
  ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  for (let i = 1; i < ranges.length; i++) {
    const [previous, present] = [ranges[i - 1], ranges[i]]
    if (previous && present && present[0] < previous[1])
      throw corrupt(path, `"${previous[2]}" and "${present[2]}" overlap`)
  }
  return { metadata: header.__metadata__ ?? {}, tensors }
}

function parseHeader(bytes: Uint8Array, path: string): z.infer<typeof headerSchema> {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw corrupt(path, 'its header is not JSON')
  }
  const header = headerSchema.safeParse(json)
  if (!header.success) throw corrupt(path, 'its header is malformed')
  return header.data
}

/** Writes a file beside `path` and renames it, so that the path holds the old file or the new one, whole. */
export async function writeSafetensors(path: string, file: SafetensorsFile): Promise<void> {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: file.metadata }
  for (const [name, { dtype, shape, bytes }] of file.tensors) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = new Uint8Array(Math.ceil(json.length / 8) * 8).fill(0x20) // data starts aligned to 8
  padded.set(json)
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(padded.length), true)

  const beside = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    const handle = await open(beside, 'wx')
    try {
      for (const part of [length, padded, ...Array.from(file.tensors.values(), (tensor) => tensor.bytes)])
        await handle.writeFile(part)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** The elements of a stored tensor as float32. @throws TypeError for integer types. */
export function toFloat32({ dtype, bytes }: StoredTensor): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.length / elementBytes[dtype]
  const values = new Float32Array(count)
  switch (dtype) {
    case 'F32':
      new Uint8Array(values.buffer).set(bytes)
      return values
    case 'BF16': {
      const bits = new Uint32Array(values.buffer)
      for (let i = 0; i < count; i++) bits[i] = view.getUint16(2 * i, true) << 16
      return values
    }
    case 'F16':
      for (let i = 0; i < count; i++) values[i] = halfToNumber(view.getUint16(2 * i, true))
      return values
    default:
      throw new TypeError(`a tensor of floats was expected, got ${dtype}`)
  }
}

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Numbers ready to be stored as bfloat16, rounded to the nearest, ties to even; a NaN stays one. */
export function storedBfloat16(values: Float32Array, shape: readonly number[]): StoredTensor {
  const bytes = new Uint8Array(2 * values.length)
  const view = new DataView(bytes.buffer)
  const all = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (const [i, bits] of all.entries()) {
    const rounded = Number.isNaN(values[i]) ? bits | 0x400000 : bits + 0x7fff + ((bits >>> 16) & 1)
    view.setUint16(2 * i, rounded >>> 16, true)
  }
  return { dtype: 'BF16', shape: [...shape], bytes }
}

/** Float32 data ready to be stored. */
export function storedFloat32(values: Float32Array, shape: readonly number[]): StoredTensor {
  return {
    dtype: 'F32',
    shape: [...shape],
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }
}
