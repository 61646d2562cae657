// Runs command lines in this process and keeps what they write.

import { runCommandLine } from '../../lib/cli/run.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

export interface Outcome {
  status: number
  out: string
  err: string
}

/** A terminal that remembers; `isTTY` draws bars. */
export function fakeTerminal(options: { signal?: AbortSignal; isTTY?: boolean } = {}) {
  const { signal = new AbortController().signal, isTTY = false } = options
  const written = { out: '', err: '' }
  const writer = (key: 'out' | 'err') => ({
    write(text: string): boolean {
      written[key] += text
      return true
    },
  })
  const terminal: Terminal = {
    stdout: writer('out'),
    stderr: { ...writer('err'), isTTY, columns: 100 },
    signal,
  }
  return { terminal, written }
}

/** Runs the words of a command line. */
export async function parascan(words: readonly string[], signal?: AbortSignal): Promise<Outcome> {
  const { terminal, written } = fakeTerminal(signal ? { signal } : {})
  const status = await runCommandLine(words, terminal)
  return { status, ...written }
}
