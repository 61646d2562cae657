// What the doctor says of machines well equipped and poor.

import { describe, expect, test } from 'vitest'
import { type Device, describeDevice } from '../../lib/hardware/device.ts'
import { clock, cores, diagnose, instructionSet } from '../../lib/hardware/doctor.ts'

const { governor: _governor, containerCores: _containerCores, ...here } = describeDevice()
const machine: Device = {
  ...here,
  cores: 4,
  logicalCores: 8,
  usableCores: 8,
  threads: 8,
  instructionSet: 'avx2',
  instructionSets: ['baseline', 'avx2'],
}

describe('doctor', () => {
  test('every topic has a condition and a text, and what is not good says what to do or why', () => {
    const { device, findings } = diagnose()
    expect(device.cpu).toBe(describeDevice().cpu)
    expect(findings.map((finding) => finding.topic)).toEqual([
      'processor',
      'instruction set',
      'cores',
      'clock',
      'memory',
      'GPU',
      'energy',
      'BLAS',
    ])
    for (const finding of findings) {
      expect(finding.text).not.toBe('')
      if (finding.condition === 'missing') expect(finding.remedy).toBeTruthy()
    }
    expect(JSON.parse(JSON.stringify(findings))).toEqual(findings)
  })

  test('an instruction set that was forced is named, with the better one', () => {
    expect(instructionSet(machine).condition).toBe('good')
    const forced = instructionSet({ ...machine, instructionSet: 'baseline' })
    expect(forced).toMatchObject({ condition: 'limited', remedy: 'unset PARASCAN_ISA to use avx2' })
  })

  test('a container with less time than threads is found', () => {
    expect(cores(machine).condition).toBe('good')
    const contained = cores({ ...machine, containerCores: 2.5 })
    expect(contained.condition).toBe('limited')
    expect(contained.remedy).toContain('PARASCAN_THREADS=2')
  })

  test('a clock that wanders is found', () => {
    expect(clock({ ...machine, governor: 'performance' }).condition).toBe('good')
    const wandering = clock({ ...machine, governor: 'powersave', currentHertz: 1.2e9, maximumHertz: 4.7e9 })
    expect(wandering.condition).toBe('limited')
    expect(wandering.text).toContain('1.20 GHz now, 4.70 GHz at most, governor powersave')
    expect(wandering.remedy).toContain('cpupower')
  })
})
