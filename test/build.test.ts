// What a build must keep true: no source is forgotten, and kernels leave nothing but their own symbols.

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { packageRoot } from '../lib/native/load.ts'

function filesUnder(folder: string, ending: string): string[] {
  return readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort()
}

/** Symbols that `nm` lists with these options, without addresses: "T parascan::avx2::gemm". */
function symbols(options: string[], files: string[]): string[] {
  const { stdout } = spawnSync('nm', ['--demangle', ...options, ...files], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  return [...stdout.matchAll(/^[0-9a-f ]{16} (\S .*)$/gm)].map((match) => match[1] ?? '')
}

const build = process.env.PARASCAN_BUILD ? `build-${process.env.PARASCAN_BUILD}` : 'build'
const objects = join(build, 'CMakeFiles')
const hasObjects = existsSync(join(packageRoot, objects)) && spawnSync('nm', ['--version']).status === 0

test('every source under native is in CMakeLists.txt, and every one there exists', () => {
  const listed = readFileSync(join(packageRoot, 'CMakeLists.txt'), 'utf8').match(/native\/[\w/-]+\.cpp/g)
  expect(listed?.toSorted()).toEqual(filesUnder('native', '.cpp'))
})

test.skipIf(!hasObjects || process.env.PARASCAN_BUILD)(
  'kernels define nothing outside the namespace of their instruction set (needs nm and the objects of a build)',
  () => {
    const folders = readdirSync(join(packageRoot, objects)).filter((name) => name.startsWith('kernels-'))
    expect(folders.length).toBeGreaterThan(0)
    for (const folder of folders) {
      const isa = folder.slice('kernels-'.length, -'.dir'.length)
      const files = filesUnder(join(objects, folder), '.o').map((name) => join(packageRoot, name))
      const defined = symbols(['--extern-only', '--defined-only'], files)
      expect(defined).toContain(`D parascan::${isa}::table`)
      expect(defined.filter((symbol) => !symbol.slice(2).startsWith(`parascan::${isa}::`))).toEqual([])
    }
  },
)

test.skipIf(!hasObjects)('the addon exports what Node looks for and nothing else (needs nm)', () => {
  const addon = join(packageRoot, build, 'Release', 'parascan.node')
  expect(symbols(['--dynamic', '--defined-only'], [addon]).sort()).toEqual([
    'T napi_register_module_v1',
    'T node_api_module_get_api_version_v1',
  ])
})
