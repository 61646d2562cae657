// What the addon tells about this machine (native/hardware), as plain data. What Linux does not say is absent.

export interface Cache {
  level: number
  type: string
  bytes: number
  /** Logical cores that share it. */
  sharedBy: number
}

export interface DeviceFacts {
  /** Name of the processor. */
  model: string
  /** Instruction set extensions that matter to the kernels, as Linux names them. */
  features: string[]
  logicalCores: number
  physicalCores: number
  /** Logical cores this process may run on. */
  usableCores: number
  /** Of the first core. */
  caches: Cache[]
  currentMegahertz?: number
  maximumMegahertz?: number
  /** How the clock is chosen: `performance`, `powersave`, … */
  governor?: string
  /** Whether this is a virtual machine. */
  hypervisor: boolean
  memoryBytes: number
  /** Cores' worth of time the container may use. */
  containerCores?: number
  containerMemoryBytes?: number
  system: string
  kernel: string
}

export interface MemoryUse {
  residentBytes: number
  peakResidentBytes: number
  /** Of the whole machine, without swapping. */
  availableBytes: number
}

export interface EnergyZone {
  name: string
  microjoules: number
  /** The counter starts again at zero after this many. */
  rangeMicrojoules: number
  /** Whether its energy is part of no other zone's. */
  disjoint: boolean
}

export interface EnergyCounters {
  zones: EnergyZone[]
  /** Why there are no zones. */
  unavailable?: string
}

export interface Gpu {
  name: string
  memoryBytes: number
  computeCapability: string
}

export interface GpuList {
  gpus: Gpu[]
  /** Newest CUDA the driver serves. */
  cudaVersion?: string
  /** Why there are no GPUs. */
  unavailable?: string
}

export interface Bandwidth {
  /** `L1`, `L2`, `L3` or `memory`, or the size of the working set, such as `4 MB`, where no cache of it is known. */
  level: string
  /** Read by one thread in one round. */
  bytes: number
  /** The most bytes, of all threads together, that live at this level: infinite for memory. */
  holds: number
  /** Bytes per second of all threads together. */
  read: number
  /** In place; bytes read and bytes written both count. */
  readModifyWrite: number
}

export interface Peak {
  threads: number
  /** float32 operations per second; a fused multiply-add counts two. */
  flops: number
  /** Fastest level first; the last is memory. */
  bandwidths: Bandwidth[]
}
