#!/usr/bin/env node
// The executable: hands the process's streams and signals to the command line.

import { exitStatus } from './errors.ts'
import { runCommandLine } from './run.ts'

const controller = new AbortController()

/** The first Ctrl-C lets the command save what was done; the second does not wait for it. */
function interrupt(): void {
  if (controller.signal.aborted) process.exit(exitStatus.interrupted)
  controller.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)

// Whoever reads the output may have had enough of it, as `head` has.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })

const { stdout, stderr } = process
runCommandLine(process.argv.slice(2), { stdout, stderr, signal: controller.signal }).then((status) => {
  process.exitCode = status
})
