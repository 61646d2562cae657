// Finds and loads the addon: the build folder of this checkout first, then the prebuilt binary of the package. When
// neither loads, the error says what was tried and what to do.

import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Addon } from './addon.ts'

/** The folder that holds package.json, seen from lib/native and from dist/native alike. */
export const packageRoot = fileURLToPath(new URL('../../', import.meta.url))

function candidates(): string[] {
  const build = process.env.PARASCAN_BUILD ? `build-${process.env.PARASCAN_BUILD}` : 'build'
  const paths = [`${packageRoot}${build}/Release/parascan.node`]
  if (!process.env.PARASCAN_BUILD)
    paths.push(`${packageRoot}prebuilds/${process.platform}-${process.arch}/parascan.node`)
  return paths
}

function load(): Addon {
  const require = createRequire(import.meta.url)
  const tried: string[] = []
  for (const path of candidates()) {
    if (!existsSync(path)) {
      tried.push(`  ${path}: not there`)
      continue
    }
    try {
      return require(path) as Addon
    } catch (error) {
      if (error instanceof RangeError) throw error // PARASCAN_ISA asks for what this machine lacks
      tried.push(`  ${path}: ${(error as Error).message}`)
    }
  }
  throw Object.assign(
    new Error(
      `The native addon of parascan could not be loaded on ${process.platform}-${process.arch}. Tried:\n${tried.join('\n')}\n` +
        'Possible solutions:\n' +
        '  - build it: `npm rebuild parascan` (or `npm run build:native` in a checkout); needs cmake and a C++20 compiler\n' +
        '  - install without --ignore-scripts',
    ),
    { code: 'ERR_PARASCAN_ADDON' },
  )
}

function threadCount(): number {
  const wanted = process.env.PARASCAN_THREADS
  if (wanted === undefined || wanted === '') return availableParallelism()
  const count = Number(wanted)
  if (!Number.isInteger(count) || count < 1 || count > 1024)
    throw new RangeError(`\`PARASCAN_THREADS\` must be a whole number from 1 to 1024, got "${wanted}"`)
  return count
}

/** The addon of this environment, loaded once. */
export const addon: Addon = load()
addon.setThreads(threadCount())
