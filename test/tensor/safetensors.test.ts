// The safetensors format: what is written is read, and no damage does more than raise an error.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { cast } from '../../lib/tensor/ops/cast.ts'
import {
  parseSafetensors,
  readSafetensors,
  type StoredTensor,
  storedBfloat16,
  storedFloat32,
  toFloat32,
  writeSafetensors,
} from '../../lib/tensor/safetensors.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'

const folder = mkdtempSync(join(tmpdir(), 'parascan-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A file with this header and data, whatever they are. */
function fileOf(header: unknown, data: Uint8Array = new Uint8Array()): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const file = new Uint8Array(8 + json.length + data.length)
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true)
  file.set(json, 8)
  file.set(data, 8 + json.length)
  return file
}

const entry = (dtype: string, shape: unknown, start: unknown, end: unknown) => ({
  dtype,
  shape,
  data_offsets: [start, end],
})

const sound = fileOf(
  { __metadata__: { kind: 'test' }, a: entry('F32', [2], 0, 8), b: entry('F32', [], 8, 12) },
  new Uint8Array(Float32Array.of(1, 2, 3).buffer),
)

describe('a safetensors file', () => {
  it('holds what was written, under any name', async () => {
    const path = join(folder, 'model.safetensors')
    const tensors = new Map([
      ['layers.0.weight', storedFloat32(Float32Array.of(1.5, -2, Number.NaN, Infinity), [2, 2])],
      ['empty', storedFloat32(new Float32Array(), [3, 0])],
      ['scalar', storedFloat32(Float32Array.of(7), [])],
      ['名 "quoted" \\ __proto__', storedFloat32(Float32Array.of(8, 9), [2])],
    ])
    await writeSafetensors(path, { metadata: { format: 'pt', text: 'grüße\n' }, tensors })
    const read = await readSafetensors(path)
    expect(read.metadata).toEqual({ format: 'pt', text: 'grüße\n' })
    expect([...read.tensors.keys()]).toEqual([...tensors.keys()])
    for (const [name, tensor] of tensors) {
      expect(read.tensors.get(name)?.shape).toEqual(tensor.shape)
      expect(toFloat32(read.tensors.get(name) as StoredTensor)).toEqual(toFloat32(tensor))
    }
    expect(readdirSync(folder)).toEqual(['model.safetensors'])
  })

  it('holds bfloat16 as the cast of tensors rounds it', async () => {
    const values = Float32Array.of(1, -0, 1 + 2 ** -8, 1 + 3 * 2 ** -8, 0.1, Infinity, NaN, 3.4e38, 1e-40)
    const stored = storedBfloat16(values, [3, 3])
    expect(stored).toMatchObject({ dtype: 'BF16', shape: [3, 3] })
    expect(toFloat32(stored)).toEqual(await cast(Tensor.from(values), 'bfloat16').data())
    expect([...toFloat32(stored).slice(2, 4)]).toEqual([1, 1 + 2 ** -6])
  })

  it('starts its data where eight-byte numbers may lie', async () => {
    const path = join(folder, 'model.safetensors')
    for (const name of ['a', 'ab', 'abc', 'abcdefgh']) {
      await writeSafetensors(path, {
        metadata: {},
        tensors: new Map([[name, storedFloat32(Float32Array.of(1), [1])]]),
      })
      expect(readFileSync(path).readBigUInt64LE() % 8n).toBe(0n)
    }
  })

  it('replaces the one that was there, or leaves it alone', async () => {
    const path = join(folder, 'kept.safetensors')
    writeFileSync(path, 'old')
    await writeSafetensors(path, { metadata: {}, tensors: new Map() })
    expect((await readSafetensors(path)).tensors.size).toBe(0)
    const wrong = { metadata: {}, tensors: new Map([['x', { dtype: 'F32', shape: [1], bytes: 5 } as never]]) }
    await expect(writeSafetensors(path, wrong)).rejects.toThrow()
    expect((await readSafetensors(path)).tensors.size).toBe(0)
    expect(readdirSync(folder).filter((name) => name.includes('.part'))).toEqual([])
  })

  it('is read in every kind of float', () => {
    const bytes = (values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)
    const half = bytes([0x3c00, 0xc000, 0x0001, 0x7c00, 0xfc00, 0x7e00, 0x8000, 0x3555])
    expect(toFloat32({ dtype: 'F16', shape: [8], bytes: half })).toEqual(
      Float32Array.of(1, -2, 2 ** -24, Infinity, -Infinity, Number.NaN, -0, 0.333251953125),
    )
    const brain = bytes([0x3f80, 0xc040, 0x7f80, 0x0001])
    expect(toFloat32({ dtype: 'BF16', shape: [4], bytes: brain })).toEqual(
      Float32Array.of(1, -3, Infinity, 2 ** -133),
    )
    expect(() => toFloat32({ dtype: 'I64', shape: [1], bytes: new Uint8Array(8) })).toThrow(
      'a tensor of floats was expected, got I64',
    )
    const odd = new Uint8Array(9)
    odd.set(new Uint8Array(Float32Array.of(4, 5).buffer), 1)
    expect(toFloat32({ dtype: 'F32', shape: [2], bytes: odd.subarray(1) })).toEqual(Float32Array.of(4, 5))
  })
})

describe('a damaged safetensors file', () => {
  const two = new Uint8Array(8)
  it.each<[name: string, file: Uint8Array, text: string]>([
    ['is empty', new Uint8Array(), 'it has 0 bytes, a header needs 8'],
    ['ends in the length', sound.subarray(0, 5), 'it has 5 bytes, a header needs 8'],
    ['ends in the header', sound.subarray(0, 40), 'its header of'],
    ['ends in the data', sound.subarray(0, -1), '"b" of shape [] needs 4 bytes'],
    ['has a header too long to be', new Uint8Array(8).fill(0xff), 'does not fit into 8 bytes'],
    ['has a header that is no JSON', fileOf('{"a": '), 'its header is not JSON'],
    ['has a header that is no text', fileOf('x').fill(0xff, 8), 'its header is not JSON'],
    ['has a header that is a list', fileOf([1]), 'its header is malformed'],
    ['has a header that is null', fileOf('null'), 'its header is malformed'],
    ['has metadata that is no text', fileOf({ __metadata__: { a: 1 } }), 'its header is malformed'],
    ['has an entry that is a number', fileOf({ a: 1 }), 'the entry of "a" is malformed'],
    ['lacks offsets', fileOf({ a: { dtype: 'F32', shape: [] } }), 'the entry of "a" is malformed'],
    ['has a shape of text', fileOf({ a: entry('F32', ['2'], 0, 8) }, two), 'the entry of "a" is malformed'],
    ['has a negative size', fileOf({ a: entry('F32', [-2], 0, 8) }, two), 'the entry of "a" is malformed'],
    ['has a broken size', fileOf({ a: entry('F32', [1.5], 0, 6) }, two), 'the entry of "a" is malformed'],
    [
      'has a type unknown here',
      fileOf({ a: entry('F8_E4M3', [8], 0, 8) }, two),
      '"a" holds F8_E4M3, which is not read',
    ],
    [
      'has a type named as a property',
      fileOf({ a: entry('toString', [8], 0, 8) }, two),
      '"a" holds toString',
    ],
    ['has a negative offset', fileOf({ a: entry('F32', [2], -8, 0) }, two), 'the entry of "a" is malformed'],
    [
      'has offsets that go back',
      fileOf({ a: entry('F32', [2], 8, 0) }, two),
      '"a" of shape [2] needs 8 bytes',
    ],
    [
      'has offsets past its end',
      fileOf({ a: entry('F32', [3], 0, 12) }, two),
      '"a" of shape [3] needs 12 bytes',
    ],
    ['has offsets that do not fit the shape', fileOf({ a: entry('F32', [1], 0, 8) }, two), 'needs 4 bytes'],
    [
      'has sizes whose product overflows',
      fileOf({ a: entry('F32', [2 ** 32, 2 ** 32, 2 ** 32], 0, 8) }, two),
      '"a" of shape [4294967296, 4294967296, 4294967296] needs',
    ],
    [
      'has an offset past all numbers',
      fileOf(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e400]}}`, two),
      '"a"',
    ],
    [
      'has tensors that overlap',
      fileOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, two),
      '"a" and "b" overlap',
    ],
  ])('that %s says so', (_, file, text) => {
    expect(() => parseSafetensors(file, 'model.safetensors')).toThrow(
      expect.objectContaining({ code: 'ERR_PARASCAN_FORMAT' }),
    )
    expect(() => parseSafetensors(file, 'model.safetensors')).toThrow(
      'model.safetensors is not a whole safetensors file',
    )
    expect(() => parseSafetensors(file, 'model.safetensors')).toThrow(text)
  })

  it('that is not there at all is the error of the file system', async () => {
    await expect(readSafetensors(join(folder, 'missing'))).rejects.toThrow('ENOENT')
  })

  it('changed in any byte, cut or grown is read or refused, never more', () => {
    const harmless = (file: Uint8Array): void => {
      try {
        const { tensors } = parseSafetensors(file)
        for (const tensor of tensors.values()) {
          const width = tensor.dtype === 'I64' ? 8 : tensor.dtype === 'F16' || tensor.dtype === 'BF16' ? 2 : 4
          expect(tensor.bytes.length).toBe(width * tensor.shape.reduce((product, size) => product * size, 1))
          if (!tensor.dtype.startsWith('I')) toFloat32(tensor)
        }
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_PARASCAN_FORMAT' })
      }
    }
    const change = fc.tuple(fc.nat(sound.length - 1), fc.nat(255))
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: -20, max: 20 }),
        (changes, growth) => {
          const file = new Uint8Array(Math.max(0, sound.length + growth))
          file.set(sound.subarray(0, file.length))
          for (const [at, byte] of changes) if (at < file.length) file[at] = byte
          harmless(file)
        },
      ),
      { numRuns: 800, seed: 1 },
    )
    const anything = fc.uint8Array({ maxLength: 60 })
    fc.assert(fc.property(anything, harmless), { numRuns: 200, seed: 2 })
    fc.assert(
      fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (value, header) => {
        harmless(fileOf(value))
        harmless(fileOf({ ...header, a: entry('F32', value, 0, 8) }, two))
        harmless(fileOf({ ...header, a: entry('I64', [1], value, 8) }, two))
      }),
      { numRuns: 200, seed: 3 },
    )
  })
})
