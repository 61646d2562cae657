// Progress on a terminal and elsewhere, by a clock of the test's own.

import { expect, test } from 'vitest'
import { Progress } from '../../lib/cli/progress.ts'
import { fakeTerminal } from './terminal.ts'

test('without a terminal it is a line every five seconds, with the time left', () => {
  const { terminal, written } = fakeTerminal()
  let now = 0
  const progress = new Progress(terminal, () => now)
  for (let second = 0; second <= 12; second++) {
    now = 1000 * second
    progress.update(second / 100, `step ${second}`)
  }
  expect(written.err).toBe('0 %  step 0\n5 %  step 5  1 min 35 s left\n10 %  step 10  1 min 30 s left\n')
})

test('a run that goes on is judged by its own pace', () => {
  const { terminal, written } = fakeTerminal()
  let now = 0
  const progress = new Progress(terminal, () => now)
  progress.update(0.5, 'a')
  now = 10_000
  progress.update(0.75, 'b')
  expect(written.err).toContain('75 %  b  10 s left')
})

test('on a terminal it is a bar that logs stay above and that is gone at the end', () => {
  const { terminal, written } = fakeTerminal({ isTTY: true })
  {
    using progress = new Progress(terminal, () => 0)
    progress.update(0.5, 'half')
    expect(written.err).toContain(`${'█'.repeat(12)}${'░'.repeat(12)}  50 %  half`)
    written.err = ''
    progress.log('a line')
    const erase = '\u001b[1G\u001b[2K'
    expect(written.err.startsWith(`${erase}a line\n`)).toBe(true)
    written.err = ''
  }
  expect(written.err).toBe('\u001b[1G\u001b[2K')
})
