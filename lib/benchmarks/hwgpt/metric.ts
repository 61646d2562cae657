// The quantities of the benchmark, in base units, and how the files write them.

import { type HwGptDevice, hwGptDevices } from './scale.ts'

export const hwGptMetrics = ['perplexity', 'latency', 'energy', 'memory', 'flops', 'parameters'] as const
export type HwGptMetric = (typeof hwGptMetrics)[number]

/** Base units per unit of the files: milliseconds, watt-hours, megabytes. */
export const unitOf = { perplexity: 1, latency: 1e-3, energy: 3600, memory: 1e6 } as const
export type SurrogateMetric = keyof typeof unitOf

/** Memory was read on two devices alone. */
const memoryDevices = ['a100', 'rtx2080']

/**
 * The device that a metric is asked for, checked.
 *
 * @throws TypeError where latency or energy are asked for without a device, RangeError for a device that was not measured
 */
export function checkDevice(
  metric: SurrogateMetric,
  device: HwGptDevice | undefined,
): HwGptDevice | undefined {
  if (metric === 'perplexity') return undefined
  if (metric === 'memory') {
    if (device !== undefined && !memoryDevices.includes(device))
      throw new RangeError(`\`device\` must be one of ${memoryDevices.join(', ')} for memory, got ${device}`)
    return device ?? 'a100'
  }
  if (device === undefined) throw new TypeError(`\`device\` must be given for ${metric}`)
  if (!hwGptDevices.includes(device))
    throw new RangeError(`\`device\` must be one of ${hwGptDevices.join(', ')}, got ${device}`)
  return device
}
