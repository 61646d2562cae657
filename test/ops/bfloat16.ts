// bfloat16 in integer arithmetic, for tests.

export const bitsOf = (values: Float32Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length)

export const fromBits = (bits: Uint32Array): Float32Array =>
  new Float32Array(bits.buffer, bits.byteOffset, bits.length)

/** The 16 bits of the bfloat16 nearest to a float32 that is no NaN: the even one of two equally near. */
export function roundedBits(value: number): number {
  const bits = bitsOf(Float32Array.of(value))[0] as number
  const below = bits >>> 16
  const rest = bits & 0xffff
  return rest > 0x8000 || (rest === 0x8000 && below % 2 === 1) ? below + 1 : below
}
