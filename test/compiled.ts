// What tests run in processes of their own is compiled from the sources as they are now: once, before all tests, since
// a process that starts while files are being written would read half of one.

import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export function setup(): void {
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json'], {
    cwd,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stdout)
}
