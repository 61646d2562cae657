// `parascan doctor`: what this machine offers.

import type { Command } from 'commander'
import { type Condition, diagnose } from '../../hardware/doctor.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { print, printJson, type Terminal } from '../terminal.ts'

const marks: Record<Condition, string> = { good: '✓', limited: '!', missing: '–' }

export function defineDoctor(command: Command, terminal: Terminal): void {
  addCommonOptions(command).action((options: CommonOptions) => {
    const diagnosis = diagnose()
    if (options.json) return printJson(terminal, diagnosis)
    const { device, findings } = diagnosis
    print(
      terminal,
      `parascan ${device.version}, Node ${device.node}, ${device.operatingSystem} (${device.kernel})`,
    )
    const width = Math.max(...findings.map((finding) => finding.topic.length))
    for (const { topic, condition, text, remedy } of findings) {
      print(terminal, `${marks[condition]} ${topic.padEnd(width)}  ${text}`)
      if (remedy !== undefined) print(terminal, `${' '.repeat(width + 4)}→ ${remedy}`)
    }
  })
}
