// Reads and writes the safetensors format: eight bytes of header length, a JSON header, raw little-endian data.
// A file is checked wholly before any of its data is used, so that a damaged one is an error and nothing else.

import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm } from 'node:fs/promises'
import { z } from 'zod'

export type StoredType = 'F32' | 'F16' | 'BF16' | 'I8' | 'I16' | 'I32' | 'I64'

/** What a header says of a tensor. */
export interface TensorDescription {
  dtype: StoredType
  shape: number[]
}

export interface StoredTensor extends TensorDescription {
  /** The raw bytes, little-endian. */
  bytes: Uint8Array
}

/** A tensor to be written, whose bytes may be made when their turn comes, so that not all of them are there at once. */
export interface WritableTensor extends TensorDescription {
  bytes: Uint8Array | (() => Promise<Uint8Array>)
}

export interface SafetensorsFile {
  metadata: Record<string, string>
  tensors: Map<string, StoredTensor>
}

const elementBytes: Record<StoredType, number> = { F32: 4, F16: 2, BF16: 2, I8: 1, I16: 2, I32: 4, I64: 8 }
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
  const headerLength = checkedHeaderLength(file.subarray(0, 8), file.length, path)
  const data = file.subarray(8 + headerLength)
  const { metadata, places } = checkedHeader(file.subarray(8, 8 + headerLength), data.length, path)
  const tensors = new Map<string, StoredTensor>()
  for (const [name, { dtype, shape, start, end }] of places)
    tensors.set(name, { dtype, shape, bytes: data.subarray(start, end) })
  return { metadata, tensors }
}

/** A file whose header was read and checked, and whose tensors are read one at a time, whatever the size of the file. */
export class SafetensorsReader {
  readonly path: string
  readonly metadata: Record<string, string>
  readonly tensors: ReadonlyMap<string, TensorDescription>
  readonly #file: FileHandle
  readonly #places: ReadonlyMap<string, Place>
  readonly #dataStart: number

  private constructor(path: string, file: FileHandle, dataStart: number, header: CheckedHeader) {
    this.path = path
    this.#file = file
    this.#dataStart = dataStart
    this.metadata = header.metadata
    this.#places = header.places
    this.tensors = header.places
  }

  /** As {@link readSafetensors}, with the same errors. Close it afterwards. */
  static async open(path: string): Promise<SafetensorsReader> {
    const file = await open(path)
    try {
      const { size: length } = await file.stat()
      const headerLength = checkedHeaderLength(await readAt(file, 0, Math.min(8, length), path), length, path)
      const header = checkedHeader(await readAt(file, 8, headerLength, path), length - 8 - headerLength, path)
      return new SafetensorsReader(path, file, 8 + headerLength, header)
    } catch (error) {
      await file.close()
      throw Object.assign(error as Error, { path }) // Node leaves it out where the path is a folder
    }
  }

  /** @throws RangeError for a name that `tensors` does not have. */
  async read(name: string): Promise<StoredTensor> {
    const place = this.#places.get(name)
    if (!place) throw new RangeError(`${this.path} has no tensor "${name}"`)
    const { dtype, shape, start, end } = place
    return { dtype, shape, bytes: await readAt(this.#file, this.#dataStart + start, end - start, this.path) }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** The operating system reads no more at a time. */
const largestRead = 2 ** 30

async function readAt(file: FileHandle, start: number, length: number, path: string): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, Math.min(length - done, largestRead), start + done)
    if (bytesRead === 0) throw corrupt(path, 'it became shorter while it was read')
    done += bytesRead
  }
  return bytes
}

interface Place extends TensorDescription {
  /** Within the data. */
  start: number
  end: number
}

interface CheckedHeader {
  metadata: Record<string, string>
  places: Map<string, Place>
}

function checkedHeaderLength(start: Uint8Array, fileLength: number, path: string): number {
  if (start.length < 8) throw corrupt(path, `it has ${start.length} bytes, a header needs 8`)
  const headerLength = Number(new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true))
  if (headerLength > longestHeader || headerLength > fileLength - 8)
    throw corrupt(path, `its header of ${headerLength} bytes does not fit into ${fileLength} bytes`)
  return headerLength
}

/** Where everything is in data of this many bytes. */
function checkedHeader(bytes: Uint8Array, dataLength: number, path: string): CheckedHeader {
  const header = parseHeader(bytes, path)
  const places = new Map<string, Place>()
  const ranges: [start: number, end: number, name: string][] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) throw corrupt(path, `the entry of "${name}" is malformed`)
    const { dtype, shape, data_offsets } = entry.data
    if (!isStoredType(dtype)) throw corrupt(path, `"${name}" holds ${dtype}, which is not read here`)
    const [start, end] = data_offsets
    const wanted = byteLength({ dtype, shape })
    if (end < start || end > dataLength || end - start !== wanted)
      throw corrupt(
        path,
        `"${name}" of shape [${shape.join(', ')}] needs ${wanted} bytes, its range is ${start} to ${end} of ${dataLength}`,
      )
    ranges.push([start, end, name])
    places.set(name, { dtype, shape, start, end })
  }
  ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  for (let i = 1; i < ranges.length; i++) {
    const [previous, present] = [ranges[i - 1], ranges[i]]
    if (previous && present && present[0] < previous[1])
      throw corrupt(path, `"${previous[2]}" and "${present[2]}" overlap`)
  }
  return { metadata: header.__metadata__ ?? {}, places }
}

const byteLength = ({ dtype, shape }: TensorDescription): number =>
  shape.reduce((product, n) => product * n, elementBytes[dtype])

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
export async function writeSafetensors(
  path: string,
  file: { metadata: Record<string, string>; tensors: ReadonlyMap<string, WritableTensor> },
): Promise<void> {
  let offset = 0
  const header: Record<string, unknown> = { __metadata__: file.metadata }
  for (const [name, tensor] of file.tensors) {
    const end = offset + byteLength(tensor)
    header[name] = { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [offset, end] }
    offset = end
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
      for (const part of [length, padded]) await handle.writeFile(part)
      for (const { bytes } of file.tensors.values())
        await handle.writeFile(typeof bytes === 'function' ? await bytes() : bytes)
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
  const count = bytes.length / elementBytes[dtype]
  const values = new Float32Array(count)
  switch (dtype) {
    case 'F32':
      new Uint8Array(values.buffer).set(bytes)
      return values
    case 'BF16': {
      const bits = new Uint32Array(values.buffer)
      const halves = halvesOf(bytes)
      for (let i = 0; i < count; i++) bits[i] = (halves[i] as number) << 16
      return values
    }
    case 'F16': {
      const halves = halvesOf(bytes)
      const numbers = Float32Array.from({ length: 2 ** 16 }, (_, bits) => halfToNumber(bits))
      for (let i = 0; i < count; i++) values[i] = numbers[halves[i] as number] as number
      return values
    }
    default:
      throw new TypeError(`a tensor of floats was expected, got ${dtype}`)
  }
}

/** Elements of two bytes; copied where they do not lie at even addresses. */
function halvesOf(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, length } = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice()
  return new Uint16Array(buffer, byteOffset, length / 2)
}

/** The elements of a stored int32 tensor. @throws TypeError for other types. */
export function toInt32({ dtype, bytes }: StoredTensor): Int32Array {
  if (dtype !== 'I32') throw new TypeError(`a tensor of int32 was expected, got ${dtype}`)
  const values = new Int32Array(bytes.length / elementBytes.I32)
  new Uint8Array(values.buffer).set(bytes)
  return values
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
  const halves = new Uint16Array(values.length)
  const all = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < all.length; i++) {
    const bits = all[i] as number
    const rounded = Number.isNaN(values[i]) ? bits | 0x400000 : bits + 0x7fff + ((bits >>> 16) & 1)
    halves[i] = rounded >>> 16
  }
  return { dtype: 'BF16', shape: [...shape], bytes: new Uint8Array(halves.buffer) }
}

/** Float32 data ready to be stored. */
export const storedFloat32 = (values: Float32Array, shape: readonly number[]): StoredTensor =>
  stored('F32', values, shape)

/** Int32 data ready to be stored. */
export const storedInt32 = (values: Int32Array, shape: readonly number[]): StoredTensor =>
  stored('I32', values, shape)

function stored(
  dtype: StoredType,
  values: Float32Array | Int32Array,
  shape: readonly number[],
): StoredTensor {
  return {
    dtype,
    shape: [...shape],
    bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  }
}
