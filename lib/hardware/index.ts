// What `parascan/hardware` offers: the machine, its limits, and what measurements on it can rely on.

export { describeBlas, type ProductTiming, timeBlas } from './blas.ts'
export {
  type Bandwidth,
  type Cache,
  type Device,
  describeDevice,
  type Gpu,
  type GpuList,
  listGpus,
  type MemoryUse,
  measurePeak,
  memoryUse,
  type Peak,
} from './device.ts'
export { type Condition, type Diagnosis, diagnose, type Finding } from './doctor.ts'
export { EnergyMeter, type EnergyUse, energyUnavailable } from './energy.ts'
export { UnavailableError } from './unavailable-error.ts'
