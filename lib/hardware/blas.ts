// The foreign matrix product that `parascan bench` compares with, where the build found an OpenBLAS.

import { existsSync } from 'node:fs'
import { addon, packageRoot } from '../native/load.ts'
import { UnavailableError } from './unavailable-error.ts'

const library = `${packageRoot}build/Release/parascan-blas.so`

/** What the BLAS calls itself, or the reason why there is none to compare with. */
export function describeBlas(): { name: string } | { unavailable: string } {
  if (!existsSync(library)) return { unavailable: 'no OpenBLAS was found when parascan was built' }
  try {
    return { name: addon.blasName(library) }
  } catch (error) {
    return { unavailable: (error as Error).message }
  }
}

export interface ProductTiming {
  /** c = a b with a: (m, k), b: (k, n), or (n, k) with `transposeB`. */
  m: number
  n: number
  k: number
  transposeB?: boolean
  threads: number
  warmup: number
  repeats: number
  /** No product is begun once these have passed. */
  seconds: number
}

/**
 * Times the foreign matrix product on the device's thread, in seconds each.
 *
 * @throws UnavailableError where there is no BLAS
 */
export function timeBlas(product: ProductTiming): Promise<Float64Array> {
  const blas = describeBlas()
  if ('unavailable' in blas) throw new UnavailableError('BLAS', blas.unavailable)
  const { m, n, k, transposeB = false, threads, warmup, repeats, seconds } = product
  return addon.timeBlas(library, m, n, k, transposeB, threads, warmup, repeats, seconds)
}
