// Failures as people read them: one line on stderr, and the exit status that says of what kind they are.

import { CommanderError } from 'commander'
import { log, type Terminal } from './terminal.ts'

export const exitStatus = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** A command line that makes no sense; the message names the option. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Runs a check of the library on an option's value; what it throws then names the option as it was typed. */
export function checked<T>(option: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error
    throw new UsageError(error.message.replace(/^`\w+`/, `\`${option}\``))
  }
}

/** Tells of an error, and returns the exit status. PARASCAN_DEBUG=1 adds the stack. */
export function report(error: unknown, terminal: Terminal): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitStatus.done // --help and --version
    // Without a command commander has printed the help already.
    if (error.code !== 'commander.help')
      log(terminal, `parascan: ${oneLine(error.message.replace(/^error: /, ''))}`)
    return exitStatus.usage
  }
  if (process.env.PARASCAN_DEBUG === '1' && error instanceof Error) log(terminal, error.stack ?? '')
  if (terminal.signal.aborted) {
    log(terminal, 'parascan: interrupted')
    return exitStatus.interrupted
  }
  log(terminal, `parascan: ${describe(error)}`)
  return error instanceof UsageError ? exitStatus.usage : exitStatus.failed
}

/** What the system's error codes mean, where the path is known. */
const systemErrors: Record<string, string> = {
  ENOENT: 'does not exist',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'lies in something that is not a folder',
  EACCES: 'may not be accessed',
  EPERM: 'may not be accessed',
  EROFS: 'is on a read-only file system',
  ENOSPC: 'cannot be written: the disk is full',
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  const meaning = code === undefined ? undefined : systemErrors[code]
  if (meaning !== undefined && path !== undefined) return `${path} ${meaning}`
  // How to get the addon takes several lines.
  return code === 'ERR_PARASCAN_ADDON' ? error.message : oneLine(error.message)
}

const oneLine = (text: string): string => text.trim().replace(/\s*\n\s*/g, ' ')
