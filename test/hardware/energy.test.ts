// Energy counters, read from folders that stand in for /sys/class/powercap.

import { chmodSync, mkdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EnergyMeter, energyUnavailable } from '../../lib/hardware/energy.ts'
import { UnavailableError } from '../../lib/hardware/unavailable-error.ts'
import { fileTree, writeFiles } from './file-tree.ts'

function counter(folder: string, name: string, microjoules: number, range = 262_143_328_850) {
  return {
    [`${folder}/name`]: name,
    [`${folder}/energy_uj`]: String(microjoules),
    [`${folder}/max_energy_range_uj`]: String(range),
  }
}

const server = {
  ...counter('intel-rapl:0', 'package-0', 5_000_000),
  ...counter('intel-rapl:0:0', 'core', 2_000_000),
  ...counter('intel-rapl:0:1', 'dram', 1_000_000),
  ...counter('intel-rapl:1', 'psys', 9_000_000),
  ...counter('intel-rapl-mmio:0', 'package-0', 5_000_000),
  'intel-rapl/enabled': '1',
}

describe('energy', () => {
  test('a package and its memory count, parts and the whole platform do not count twice', () => {
    const counters = fileTree(server)
    const meter = new EnergyMeter(counters)
    writeFiles(counters, {
      'intel-rapl:0/energy_uj': '8000000',
      'intel-rapl:0:0/energy_uj': '4000000',
      'intel-rapl:0:1/energy_uj': '1500000',
      'intel-rapl:1/energy_uj': '19000000',
    })
    const use = meter.read()
    expect(use.joules).toBe(3.5)
    expect(use.zones).toEqual({ 'package-0': 3, 'package-0/core': 2, 'package-0/dram': 0.5, psys: 10 })
    expect(use.seconds).toBeGreaterThan(0)
  })

  test('a counter that starts over loses nothing, reading after reading', () => {
    const counters = fileTree(counter('intel-rapl:0', 'package-0', 900_000, 1_000_000))
    const meter = new EnergyMeter(counters)
    writeFiles(counters, { 'intel-rapl:0/energy_uj': '100000' })
    expect(meter.read().joules).toBeCloseTo(0.2, 12)
    writeFiles(counters, { 'intel-rapl:0/energy_uj': '600000' })
    expect(meter.read().joules).toBeCloseTo(0.7, 12)
    writeFiles(counters, { 'intel-rapl:0/energy_uj': '0' })
    expect(meter.read().joules).toBeCloseTo(1.1, 12)
  })

  test('two packages add up', () => {
    const counters = fileTree({
      ...counter('intel-rapl:0', 'package-0', 0),
      ...counter('intel-rapl:1', 'package-1', 0),
    })
    const meter = new EnergyMeter(counters)
    writeFiles(counters, { 'intel-rapl:0/energy_uj': '1000000', 'intel-rapl:1/energy_uj': '2000000' })
    expect(meter.read().joules).toBe(3)
  })

  test('a machine without counters says so and invents nothing', () => {
    expect(energyUnavailable('/nowhere/powercap')).toMatch(/\/nowhere\/powercap does not exist/)
    expect(() => new EnergyMeter('/nowhere/powercap')).toThrow(UnavailableError)
    expect(energyUnavailable(fileTree({ 'dtpm/enabled': '0' }))).toMatch(/no intel-rapl zone/)
  })

  test('counters that may not be read come with the command that opens them', () => {
    const counters = fileTree(server)
    const closed = `${counters}intel-rapl:0/energy_uj`
    chmodSync(closed, 0)
    if (process.getuid?.() === 0) {
      // Root reads everything; a folder cannot be read by anybody.
      const folder = fileTree({ 'intel-rapl:0/name': 'package-0', 'intel-rapl:0/max_energy_range_uj': '1' })
      mkdirSync(`${folder}intel-rapl:0/energy_uj`)
      expect(energyUnavailable(folder)).toMatch(/cannot be read.*sudo chmod a\+r/)
    } else {
      expect(energyUnavailable(counters)).toMatch(/cannot be read.*sudo chmod a\+r/)
    }
  })

  test('this machine has readable counters or a reason', () => {
    const reason = energyUnavailable()
    if (reason !== undefined) expect(reason).not.toBe('')
    else expect(new EnergyMeter().read().joules).toBeGreaterThanOrEqual(0)
  })
})
