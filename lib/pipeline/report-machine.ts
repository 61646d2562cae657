// What reports say of the machine.

import type { Device } from '../hardware/device.ts'
import type { Machine } from '../report/run-data.ts'

/** The part of a device's description that a report shows. */
export function reportMachine(device: Device): Machine {
  const { cpu, instructionSet, cores, threads, memoryBytes, operatingSystem, node, version } = device
  return { cpu, instructionSet, cores, threads, memoryBytes, operatingSystem, node, version }
}
