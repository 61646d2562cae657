// Copies the addon just built, stripped, to where the package carries it: prebuilds/<platform>-<arch>/.
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = join(root, 'build', 'Release', 'parascan.node')
const folder = join(root, 'prebuilds', `${process.platform}-${process.arch}`)
const carried = join(folder, 'parascan.node')

mkdirSync(folder, { recursive: true })
copyFileSync(built, carried)
const strip = spawnSync('strip', ['--strip-unneeded', carried], { stdio: 'inherit' })
if (strip.status !== 0) process.exit(strip.status ?? 1)
console.log(`${relative(root, carried)}: ${Math.round(statSync(carried).size / 1024)} KiB`)
