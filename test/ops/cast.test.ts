// Casts to bfloat16 and back, bit by bit against integer arithmetic on float32.

import { describe, expect, test } from 'vitest'
import { cast } from '../../lib/tensor/ops/cast.ts'
import * as ops from '../../lib/tensor/ops.ts'
import { Tensor } from '../../lib/tensor/tensor.ts'
import { bitsOf, fromBits, roundedBits } from './bfloat16.ts'

const roundTrip = async (values: Float32Array): Promise<Float32Array> =>
  await cast(cast(Tensor.from(values), 'bfloat16'), 'float32').data()

describe('cast to bfloat16', () => {
  test('rounds to the nearest, ties to even, at every upper half and around every tie', async () => {
    const lower = [0, 1, 0x7fff, 0x8000, 0x8001, 0xffff]
    const bits = Uint32Array.from(
      { length: 0x10000 * lower.length },
      (_, i) => ((Math.floor(i / lower.length) << 16) | (lower[i % lower.length] as number)) >>> 0,
    )
    const values = fromBits(bits)
    const found = bitsOf(await roundTrip(values))
    const wrong = Array.from(bits.keys()).filter(
      (i) => !Number.isNaN(values[i]) && found[i] !== (roundedBits(values[i] as number) << 16) >>> 0,
    )
    expect(wrong.map((i) => (bits[i] as number).toString(16))).toEqual([])
    for (const [i, value] of values.entries())
      if (Number.isNaN(value)) expect((found[i] as number) & 0x7fffffff).toBeGreaterThan(0x7f800000)
  })

  test('keeps zeros with their signs, infinities, NaN and subnormal numbers', async () => {
    const smallest = 2 ** -133 // of bfloat16
    const values = Float32Array.of(
      0,
      -0,
      Infinity,
      -Infinity,
      NaN,
      smallest,
      -smallest,
      smallest / 2,
      3.39e38,
    )
    expect(await roundTrip(values)).toEqual(
      Float32Array.of(0, -0, Infinity, -Infinity, NaN, smallest, -smallest, 0, 3.3895313892515355e38),
    )
    expect(await roundTrip(Float32Array.of(3.4028235e38, -3.4028235e38))).toEqual(
      Float32Array.of(Infinity, -Infinity),
    )
  })

  test.each([1, 3, 4, 15, 16, 17, 63, 100_003])('takes %i numbers', async (count) => {
    const x = Tensor.normal([count], { seed: count })
    const expected = fromBits(Uint32Array.from(await x.data(), (value) => roundedBits(value) << 16))
    expect(bitsOf(await cast(x, 'bfloat16').data())).toEqual(bitsOf(expected))
  })

  test('takes views, and its result has views', async () => {
    const x = Tensor.normal([5, 6, 37], { seed: 1 })
    const whole = cast(cast(x, 'bfloat16'), 'float32')
    const views: ((of: Tensor) => Tensor)[] = [
      (of) => of.narrow(2, 3, 30),
      (of) => of.permute([2, 0, 1]),
      (of) => of.narrow(1, 2, 3).transpose(0, 1).reshape([15, 37]),
      (of) => of.narrow(0, 4, 1).narrow(2, 0, 0),
    ]
    for (const view of views) {
      const expected = await view(whole).data()
      expect(await cast(view(x), 'bfloat16').data()).toEqual(expected)
      expect(await view(cast(x, 'bfloat16')).data()).toEqual(expected)
      const copy = view(cast(x, 'bfloat16')).contiguous()
      expect([copy.dtype, copy.isContiguous]).toEqual(['bfloat16', true])
      expect(await copy.data()).toEqual(expected)
    }
  })

  test('of a tensor that has the type is the tensor itself, with its gradient', async () => {
    const x = Tensor.from([1, 2]).requireGradient()
    ops.sum(cast(x, 'float32')).backward()
    expect(await x.gradient?.data()).toEqual(Float32Array.of(1, 1))
  })

  test('refuses what it cannot do', () => {
    expect(() => cast(Tensor.fromIndices([1]), 'bfloat16')).toThrow(TypeError)
    expect(() => cast(Tensor.from([1]), 'float16' as 'bfloat16')).toThrow(
      '`type` must be float32 or bfloat16, got float16',
    )
    expect(() => cast(Tensor.from([1]).requireGradient(), 'bfloat16')).toThrow(
      'no gradient flows through `cast`',
    )
  })
})

test('whatever takes no bfloat16 says so', () => {
  const x = cast(Tensor.zeros([2, 2]), 'bfloat16')
  const wide = Tensor.zeros([2, 2])
  for (const refused of [
    () => ops.add(x, wide),
    () => ops.exp(x),
    () => ops.softmax(x),
    () => ops.matmul(x, wide),
    () => ops.linear(x, wide),
    () => ops.concat([x, x], 0),
    () => ops.copy(x, wide),
    () => ops.copy(wide, x),
    () => x.write(new Float32Array(4)),
    () => x.requireGradient(),
    () => ops.sum(Tensor.zeros([2, 2]).requireGradient()).backward(cast(Tensor.from(1), 'bfloat16')),
  ])
    expect(refused).toThrow(TypeError)
  expect(() => ops.add(x, wide)).toThrow('`a` must hold float32, got bfloat16')
})
