// What this machine offers to parascan, what it lacks, and how to get that: the data behind `parascan doctor`.

import { describeBlas } from './blas.ts'
import { type Device, describeDevice, listGpus, memoryUse } from './device.ts'
import { energyUnavailable } from './energy.ts'

/** `good`: nothing is missing. `limited`: it works, with less than could be. `missing`: it is not there. */
export type Condition = 'good' | 'limited' | 'missing'

export interface Finding {
  topic: string
  condition: Condition
  /** What there is, or why there is nothing. */
  text: string
  /** What to do about it. */
  remedy?: string
}

export interface Diagnosis {
  device: Device
  findings: Finding[]
}

/** Examines this machine; takes a few milliseconds and measures nothing. */
export function diagnose(): Diagnosis {
  const device = describeDevice()
  return {
    device,
    findings: [
      processor(device),
      instructionSet(device),
      cores(device),
      clock(device),
      memory(device),
      gpu(),
      energy(),
      blas(),
    ],
  }
}

function processor(device: Device): Finding {
  const caches = device.caches
    .filter((cache) => cache.type !== 'Instruction')
    .map(
      (cache) =>
        `L${cache.level} ${binaryBytes(cache.bytes)}${cache.sharedBy > 1 ? ` for ${cache.sharedBy} cores` : ''}`,
    )
  const text = [device.cpu || 'a processor that does not tell its name', ...caches].join(', ')
  if (!device.hypervisor) return { topic: 'processor', condition: 'good', text }
  return {
    topic: 'processor',
    condition: 'limited',
    text: `${text}; a virtual machine, whose timings vary with its neighbours`,
    remedy: 'measure latencies that matter on the machine that will serve them',
  }
}

export function instructionSet(device: Device): Finding {
  const topic = 'instruction set'
  const best = device.instructionSets.at(-1)
  const text = `${device.instructionSet} (this machine runs ${device.instructionSets.join(', ')})`
  if (device.instructionSet !== best)
    return {
      topic,
      condition: 'limited',
      text: `${text}, because PARASCAN_ISA asks for it`,
      remedy: `unset PARASCAN_ISA to use ${best}`,
    }
  if (device.instructionSets.length === 1 && process.arch === 'x64')
    return { topic, condition: 'limited', text: `${text}; the processor has neither AVX2 nor AVX-512` }
  return { topic, condition: 'good', text }
}

export function cores(device: Device): Finding {
  const topic = 'cores'
  const text = `${device.cores} physical, ${device.logicalCores} logical, ${device.usableCores} usable by this process; the engine uses ${plural(device.threads, 'thread')}`
  if (device.containerCores !== undefined && device.containerCores < device.threads)
    return {
      topic,
      condition: 'limited',
      text: `${text}, but the container allows ${device.containerCores} cores' worth of time`,
      remedy: `set PARASCAN_THREADS=${Math.max(1, Math.floor(device.containerCores))}, or threads will be stopped in the middle of their work`,
    }
  if (device.threads < device.usableCores)
    return { topic, condition: 'limited', text, remedy: 'unset PARASCAN_THREADS to use all cores' }
  return { topic, condition: 'good', text }
}

export function clock(device: Device): Finding {
  const topic = 'clock'
  const { currentHertz, maximumHertz, governor } = device
  const facts = [
    ...(currentHertz === undefined ? [] : [`${gigahertz(currentHertz)} now`]),
    ...(maximumHertz === undefined ? [] : [`${gigahertz(maximumHertz)} at most`]),
    ...(governor === undefined ? [] : [`governor ${governor}`]),
  ]
  if (governor === undefined)
    return {
      topic,
      condition: 'limited',
      text: `${facts.join(', ') || 'unknown'}; the system does not show how the clock is governed`,
    }
  if (governor === 'performance') return { topic, condition: 'good', text: facts.join(', ') }
  return {
    topic,
    condition: 'limited',
    text: `${facts.join(', ')}: latencies depend on how warm the processor runs`,
    remedy: 'sudo cpupower frequency-set -g performance',
  }
}

function memory(device: Device): Finding {
  const available = memoryUse().availableBytes
  const limit =
    device.containerMemoryBytes === undefined
      ? ''
      : `; the container allows ${binaryBytes(device.containerMemoryBytes)}`
  const text = `${binaryBytes(device.memoryBytes)}, ${binaryBytes(available)} available${limit}`
  return { topic: 'memory', condition: 'good', text }
}

function gpu(): Finding {
  const topic = 'GPU'
  const { gpus, cudaVersion, unavailable } = listGpus()
  if (unavailable !== undefined)
    return {
      topic,
      condition: 'missing',
      text: unavailable,
      remedy: 'not needed: parascan computes on the CPU',
    }
  const names = gpus.map(
    (one) => `${one.name}, ${binaryBytes(one.memoryBytes)}, compute capability ${one.computeCapability}`,
  )
  return {
    topic,
    condition: 'limited',
    text: `${names.join('; ')}; driver for CUDA ${cudaVersion}. parascan computes on the CPU and leaves it idle`,
  }
}

function energy(): Finding {
  const topic = 'energy'
  const reason = energyUnavailable()
  if (reason === undefined)
    return { topic, condition: 'good', text: 'RAPL counters of the processor are readable' }
  return {
    topic,
    condition: 'missing',
    text: reason,
    remedy: 'the objective `energy` needs a machine with readable RAPL counters; all others work',
  }
}

function blas(): Finding {
  const topic = 'BLAS'
  const found = describeBlas()
  if ('name' in found)
    return { topic, condition: 'good', text: `${found.name.trim()}, for \`parascan bench\` to compare with` }
  return {
    topic,
    condition: 'missing',
    text: found.unavailable,
    remedy:
      'only `parascan bench` compares with it: apt-get install libopenblas-dev, then PARASCAN_BUILD_FROM_SOURCE=1 npm rebuild parascan',
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function gigahertz(hertz: number): string {
  return `${(hertz / 1e9).toFixed(2)} GHz`
}

function binaryBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10))
  const value = bytes / 1024 ** power
  return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}
