// The options that every command takes.

import type { Command } from 'commander'
import { wholeNumber } from './arguments.ts'

export interface CommonOptions {
  json?: boolean
  seed: number
}

/** Adds `--seed` and `--json`; `seeded` says what the seed decides, if anything. */
export function addCommonOptions(command: Command, seeded?: string): Command {
  return command
    .option(
      '--seed <n>',
      seeded ?? 'taken by every command; nothing is random in this one',
      wholeNumber('--seed', 0),
      0,
    )
    .option('--json', 'print one JSON document on stdout')
}
