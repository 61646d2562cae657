// Where a command writes to and what interrupts it: the process's own streams, or a test's.

export interface Writer {
  write(text: string): unknown
}

export interface Terminal {
  /** Results. */
  readonly stdout: Writer
  /** Logs and progress. */
  readonly stderr: Writer & { readonly isTTY?: boolean; readonly columns?: number }
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
}

/** One line of results. */
export function print(terminal: Terminal, text: string): void {
  terminal.stdout.write(`${text}\n`)
}

/** One line of logs. */
export function log(terminal: Terminal, text: string): void {
  terminal.stderr.write(`${text}\n`)
}

/** The one JSON document of a command. */
export function printJson(terminal: Terminal, value: unknown): void {
  print(terminal, JSON.stringify(value, null, 2))
}
