// Progress of long work on stderr: on a terminal a bar with the time left that is drawn over, elsewhere a plain line
// every few seconds.

import { clearLine, cursorTo } from 'node:readline'
import { formatDuration } from '../report/units.ts'
import type { Terminal } from './terminal.ts'
import { plain } from './text.ts'

const milliseconds = { bar: 100, line: 5000 }
const barWidth = 24

export class Progress implements Disposable {
  readonly #stderr: Terminal['stderr']
  readonly #now: () => number
  #first: { time: number; share: number } | undefined
  #drawn = Number.NEGATIVE_INFINITY
  #standing = ''

  /** @param now milliseconds */
  constructor(terminal: Terminal, now = () => performance.now()) {
    this.#stderr = terminal.stderr
    this.#now = now
  }

  /** `share` of the work is done, in [0, 1]; `detail` says what was done last. */
  update(share: number, detail: string): void {
    const now = this.#now()
    this.#first ??= { time: now, share }
    if (now - this.#drawn < (this.#stderr.isTTY ? milliseconds.bar : milliseconds.line)) return
    this.#drawn = now
    const parts = [`${Math.floor(100 * share)} %`.padStart(5), detail, this.#timeLeft(share, now)]
    const text = parts.filter(Boolean).join('  ')
    if (!this.#stderr.isTTY) this.#stderr.write(`${text.trimStart()}\n`)
    else {
      const filled = Math.round(barWidth * share)
      this.#standing = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)} ${text}`
      this.#draw()
    }
  }

  /** A line that stays, above the bar. */
  log(text: string): void {
    this.#clear()
    this.#stderr.write(`${text}\n`)
    this.#draw()
  }

  /** Removes the bar. */
  [Symbol.dispose](): void {
    this.#clear()
    this.#standing = ''
  }

  /** By the pace since the first update, because a run that goes on did not start at nothing. */
  #timeLeft(share: number, now: number): string {
    const { time, share: start } = this.#first as { time: number; share: number }
    if (share <= start || now - time < 1000) return ''
    const seconds = ((now - time) / 1000) * ((1 - share) / (share - start))
    return `${plain(formatDuration(Math.ceil(seconds)))} left`
  }

  #draw(): void {
    if (!this.#stderr.isTTY || this.#standing === '') return
    this.#clear()
    this.#stderr.write(this.#standing.slice(0, (this.#stderr.columns ?? 80) - 1))
  }

  #clear(): void {
    if (!this.#stderr.isTTY || this.#standing === '') return
    const stream = this.#stderr as unknown as NodeJS.WritableStream
    cursorTo(stream, 0)
    clearLine(stream, 0)
  }
}
