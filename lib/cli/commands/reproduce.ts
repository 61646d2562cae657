// `parascan reproduce`: results of papers, trained again on this machine. Each is a command of its own.

import type { Command } from 'commander'
import type { Terminal } from '../terminal.ts'
import { defineReproduceLanguageModelling } from './reproduce-language-modelling.ts'
import { defineReproduceStateTracking } from './reproduce-state-tracking.ts'

export function defineReproduce(command: Command, terminal: Terminal): void {
  defineReproduceStateTracking(command.command('state-tracking'), terminal)
  defineReproduceLanguageModelling(command.command('language-modelling'), terminal)
}
