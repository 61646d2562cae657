// What npm runs after it has unpacked parascan: keeps a prebuilt addon that loads here, else compiles one.
// A working copy of the repository always compiles. PARASCAN_BUILD_FROM_SOURCE=1 asks anybody's install to.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const workingCopy = existsSync(join(root, 'test'))

/** Loads the addon in another process: one built for a different libc or processor may end the process. */
function loads(/** @type {string} */ addon) {
  const trial = spawnSync(process.execPath, ['-e', 'require(process.argv[1])', addon], { stdio: 'ignore' })
  return trial.status === 0
}

/** @returns {number} exit status */
function compile() {
  const cmakeJs = createRequire(import.meta.url).resolve('cmake-js/bin/cmake-js')
  const parallel = String(availableParallelism())
  const build = spawnSync(
    process.execPath,
    [cmakeJs, 'build', '--directory', root, '--out', join(root, 'build'), '--parallel', parallel],
    { stdio: 'inherit', cwd: root },
  )
  return build.status ?? 1
}

/** Leaves only the libraries: whoever installs the package has no use for objects. */
function removeObjects() {
  const build = join(root, 'build')
  for (const entry of readdirSync(build)) {
    if (entry !== 'Release') rmSync(join(build, entry), { recursive: true, force: true })
  }
}

const prebuilt = join(root, 'prebuilds', `${process.platform}-${process.arch}`, 'parascan.node')
// `npx parascan` in a working copy runs this, too, but is to use what `npm run build` made.
const linkedByNpx = workingCopy && process.env.npm_command === 'exec'
const wantsSource = workingCopy || Boolean(process.env.PARASCAN_BUILD_FROM_SOURCE)
if (!linkedByNpx && (wantsSource || !existsSync(prebuilt) || !loads(prebuilt))) {
  const status = compile()
  if (status !== 0) {
    console.error(
      'parascan: the addon could not be compiled. It needs CMake 3.22 and g++ 12 (Debian: apt-get install cmake g++); ' +
        'then run `npm rebuild parascan`.',
    )
    process.exit(status)
  }
  if (!workingCopy) removeObjects()
}
