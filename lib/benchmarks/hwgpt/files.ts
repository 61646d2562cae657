// Reading the files of a folder with HW-GPT-Bench's data: safetensors, plain or gzipped, and JSON.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { parseSafetensors, type StoredTensor } from '../../tensor/safetensors.ts'

const inflate = promisify(gunzip)

export type Tensors = ReadonlyMap<string, StoredTensor>

export async function readTensors(folder: string, name: string): Promise<Tensors> {
  const bytes = await readFile(join(folder, name))
  const file = name.endsWith('.gz') ? await inflate(bytes) : bytes
  return parseSafetensors(file, join(folder, name)).tensors
}

export async function readJson<Content>(folder: string, name: string): Promise<Content> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as Content
}

/** The numbers of a tensor, of any type but bfloat16 and float16. Throws a RangeError where there is none. */
export function numbersOf(tensors: Tensors, name: string): ArrayLike<number> {
  const tensor = tensors.get(name)
  if (!tensor) throw new RangeError(`the file holds no \`${name}\``)
  const { dtype, bytes } = tensor
  const { buffer } = Uint8Array.from(bytes) // aligned, as typed arrays ask; slice() of a Buffer would not copy
  if (dtype === 'F32') return new Float32Array(buffer)
  if (dtype === 'I8') return new Int8Array(buffer)
  if (dtype === 'I16') return new Int16Array(buffer)
  if (dtype === 'I32') return new Int32Array(buffer)
  if (dtype === 'I64') return Float64Array.from(new BigInt64Array(buffer), Number)
  throw new RangeError(`\`${name}\` holds ${dtype}, which is not read here`)
}
