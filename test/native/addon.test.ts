// The border: what C++ registers, what TypeScript says it registers, and that nonsense across it is an error.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Addon } from '../../lib/native/addon.ts'
import { addon, packageRoot } from '../../lib/native/load.ts'

describe('the addon', () => {
  it('registers the functions of the interface Addon and no others', () => {
    const source = readFileSync(join(packageRoot, 'lib/native/addon.ts'), 'utf8')
    const body = /export interface Addon \{\n([\s\S]*?)\n\}/.exec(source)?.[1] ?? ''
    const declared = Array.from(body.matchAll(/^ {2}(\w+)\(/gm), (match) => match[1])
    expect(declared.length).toBeGreaterThan(50)
    expect(Object.keys(addon).sort()).toEqual(declared.sort())
    for (const name of Object.keys(addon)) expect(addon[name as keyof Addon], name).toBeTypeOf('function')
  })

  it('tells its instruction set, one of those it was built with', () => {
    expect(addon.instructionSets()).toContain('baseline')
    expect(addon.instructionSets()).toContain(addon.isa())
    if (process.env.PARASCAN_ISA) expect(addon.isa()).toBe(process.env.PARASCAN_ISA)
  })

  it('refuses handles that name nothing', () => {
    const handle = addon.full([2], 1)
    addon.dispose(handle)
    for (const stale of [handle, handle + 1, -1, 0.5, 1e300, Number.NaN])
      expect(() => addon.shape(stale), String(stale)).toThrow('this tensor was disposed of')
    expect(() => addon.runProgram(7)).toThrow('this program was disposed of')
    expect(() => addon.dispose(handle)).not.toThrow()
  })

  it('does not take an old handle for the tensor that got its place', () => {
    const old = addon.full([1], 1)
    addon.dispose(old)
    const next = addon.full([1], 2)
    expect(next).not.toBe(old)
    expect(() => addon.dataSync(old)).toThrow('this tensor was disposed of')
    expect(addon.dataSync(next)).toEqual(Float32Array.of(2))
    addon.dispose(next)
  })

  it('refuses sizes past all memory, and ranges that overflow', () => {
    expect(() => addon.full([2 ** 40, 2 ** 40], 0)).toThrow('`shape` must hold at most 2^40 elements')
    expect(() => addon.full([0, 2 ** 62, 2 ** 62], 0)).toThrow(RangeError)
    expect(() => addon.full([-1], 0)).toThrow('`shape` must have no negative size, got [-1]')
    const handle = addon.full([4], 0)
    for (const [start, length] of [
      [-1, 2],
      [3, 2],
      [5, 0],
      [2 ** 62, 2 ** 62],
      [1, -1],
      [Number.NaN, 1],
      [0.5, 1],
      [0, Number.POSITIVE_INFINITY],
    ] as const)
      expect(() => addon.narrow(handle, 0, start, length), `${start}, ${length}`).toThrow(RangeError)
    addon.dispose(handle)
  })

  it('reads no more of an array than it holds', () => {
    expect(() => addon.fromFloat32(new Float32Array(3), [4])).toThrow(
      '`data` must hold 4 elements for shape [4], got 3',
    )
    const part = new Float32Array([1, 2, 3, 4]).subarray(1, 3)
    const handle = addon.fromFloat32(part, [2])
    expect(addon.dataSync(handle)).toEqual(Float32Array.of(2, 3))
    expect(() => addon.write(handle, new Float32Array(3))).toThrow('`data` must hold 2 elements, got 3')
    addon.dispose(handle)
  })
})
