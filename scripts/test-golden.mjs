// Checks the engine on the golden vectors without Node in between, under every instruction set of this machine, or for
// arm64 (--neon) with a cross compiler and an emulator, where it also compiles the addon.
// Usage: node scripts/test-golden.mjs [--neon]. PARASCAN_GOLDEN names the folder of the vectors.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSafetensors, toFloat32 } from '../dist/tensor/safetensors.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = process.env.PARASCAN_GOLDEN || join(root, '../shared/golden')

const here = { build: join(root, 'build'), targets: ['golden'], configuration: [], emulator: [] }
const neon = {
  build: join(root, 'build-neon'),
  targets: ['golden', 'parascan'],
  configuration: [
    '-DCMAKE_SYSTEM_NAME=Linux',
    '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
    '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
    '-DCMAKE_EXE_LINKER_FLAGS=-static', // the emulator then needs no root of arm64 libraries
  ],
  emulator: ['qemu-aarch64'],
}

function skip(/** @type {string} */ reason) {
  console.log(`skipped: ${reason}`)
  process.exit(0)
}

function run(/** @type {string[]} */ [program, ...options], environment = {}) {
  const { status } = spawnSync(program ?? '', options, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  return status === 0
}

/** One case in the form that test/native/golden/golden-case.h describes. */
function flatten(/** @type {string} */ name) {
  const file = parseSafetensors(readFileSync(join(folder, name)), name)
  const { op, ...options } = JSON.parse(file.metadata.case ?? '{}')
  const present = Object.entries(options).filter(([, value]) => value !== null)
  const parts = [`${name} ${op} ${present.length} ${file.tensors.size}\n`]
  for (const [key, value] of present) parts.push(`${key} ${value}\n`)
  for (const [tensor, stored] of file.tensors) {
    parts.push(`${tensor} ${stored.shape.length} ${stored.shape.join(' ')}\n`, toFloat32(stored))
  }
  return parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : new Uint8Array(part.buffer)))
}

const wanted = process.argv.includes('--neon') ? neon : here
if (wanted === neon) {
  for (const tool of ['aarch64-linux-gnu-g++', 'qemu-aarch64']) {
    if (spawnSync(tool, ['--version']).status !== 0)
      skip(`there is no ${tool} (Debian: apt-get install g++-aarch64-linux-gnu qemu-user)`)
  }
}
const built =
  run(['cmake', '-S', root, '-B', wanted.build, ...wanted.configuration]) &&
  run([
    'cmake',
    '--build',
    wanted.build,
    '--parallel',
    String(availableParallelism()),
    '--target',
    ...wanted.targets,
  ])
if (!built) process.exit(1)

if (!existsSync(folder)) skip(`the vectors are not in ${folder}; PARASCAN_GOLDEN names their folder`)
const vectors = join(wanted.build, 'golden-vectors.bin')
const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors'))
writeFileSync(vectors, Buffer.concat(names.sort().flatMap(flatten)))

const instructionSets =
  wanted === neon
    ? ['baseline']
    : createRequire(import.meta.url)(`${root}build/Release/parascan.node`).instructionSets()
const passed = instructionSets.map((/** @type {string} */ isa) =>
  run([...wanted.emulator, join(wanted.build, 'test/native/golden'), vectors], { PARASCAN_ISA: isa }),
)
process.exit(passed.every(Boolean) ? 0 : 1)
