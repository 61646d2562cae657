// The machine that measurements hold for, in base units (hertz, bytes).

import { readFileSync } from 'node:fs'
import { addon, packageRoot } from '../native/load.ts'
import type { Cache, GpuList, MemoryUse, Peak } from '../native/machine.ts'

export type { Bandwidth, Cache, Gpu, GpuList, MemoryUse, Peak } from '../native/machine.ts'

export interface Device {
  /** Name of the processor; empty where the system does not tell. */
  cpu: string
  /** Instruction set the kernels run on: `baseline`, `avx2` or `avx512`. */
  instructionSet: string
  /** All that this build and this machine have, worst first. */
  instructionSets: string[]
  /** Extensions of the processor that matter to the kernels, as Linux names them. */
  features: string[]
  /** Physical cores. */
  cores: number
  logicalCores: number
  /** Logical cores this process may run on. */
  usableCores: number
  /** Threads the engine works with. */
  threads: number
  /** Of the first core. */
  caches: Cache[]
  currentHertz?: number
  maximumHertz?: number
  /** How the clock is chosen: `performance`, `powersave`, … */
  governor?: string
  /** Whether this is a virtual machine. */
  hypervisor: boolean
  memoryBytes: number
  /** Cores' worth of time a container leaves to this process. */
  containerCores?: number
  containerMemoryBytes?: number
  operatingSystem: string
  kernel: string
  node: string
  /** Version of this package. */
  version: string
}

/**
 * Describes this machine. What the system does not tell is absent, never guessed.
 *
 * @param root where `/proc`, `/sys` and `/etc` lie
 */
export function describeDevice(root = '/'): Device {
  const facts = addon.describeDevice(root)
  const { model, physicalCores, currentMegahertz, maximumMegahertz, system, ...rest } = facts
  return {
    ...rest,
    cpu: model,
    instructionSet: addon.isa(),
    instructionSets: addon.instructionSets(),
    cores: physicalCores,
    threads: addon.threads(),
    ...(currentMegahertz === undefined ? {} : { currentHertz: currentMegahertz * 1e6 }),
    ...(maximumMegahertz === undefined ? {} : { maximumHertz: maximumMegahertz * 1e6 }),
    operatingSystem: system,
    node: process.version,
    version: packageVersion(),
  }
}

/** Memory of this process and of the machine, as the system counts it. */
export function memoryUse(): MemoryUse {
  return addon.memoryUse()
}

/** GPUs that the CUDA driver sees, or the reason why there are none. */
export function listGpus(): GpuList {
  return addon.listGpus()
}

/**
 * Measures the limits of this machine with `threads` threads: floating-point rate and bandwidth of each level of
 * memory. Takes about a second, on the thread where kernels run.
 */
export function measurePeak(threads = addon.threads()): Promise<Peak> {
  if (!Number.isInteger(threads) || threads < 1 || threads > addon.threads())
    throw new RangeError(`\`threads\` must be a whole number from 1 to ${addon.threads()}, got ${threads}`)
  return addon.measurePeak(threads, '/')
}

function packageVersion(): string {
  const manifest = JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }
  return manifest.version
}
