// Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): the function that turns a
// counter and a key into four random words, bit for bit as native/kernels/random.cpp does.
//
//   counter  (4 words) block index, low and high; offset, low and high
//   key      (2 words) seed, low and high

/** Four words of 32 bits, unsigned. */
export type Block = readonly [number, number, number, number]

/** High word of the 64-bit product of two words, by halves: a double holds 53 bits only. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16)
  const cross = aLow * bHigh + (middle % 0x10000)
  return aHigh * bHigh + Math.floor(middle / 0x10000) + Math.floor(cross / 0x10000)
}

/** Ten rounds over one counter. */
export function philox(counter: Block, key: readonly [number, number]): Block {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(c0, 0xd2511f53)
    const low0 = Math.imul(c0, 0xd2511f53)
    const high1 = multiplyHigh(c2, 0xcd9e8d57)
    const low1 = Math.imul(c2, 0xcd9e8d57)
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1 >>> 0
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0 >>> 0
    k0 = (k0 + 0x9e3779b9) >>> 0
    k1 = (k1 + 0xbb67ae85) >>> 0
  }
  return [c0, c1, c2, c3]
}
