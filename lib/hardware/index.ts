// What `parascan/hardware` offers: the machine, its limits, and what networks cost on it.

export { type Benchmark, type BenchmarkOptions, type BenchmarkRow, benchmark } from './benchmark.ts'
export { type BenchmarkCase, benchmarkCases } from './benchmark-cases/index.ts'
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
export {
  measureDecode,
  measureEnergy,
  measureMemory,
  measurePrefill,
  type NetworkTiming,
  type Profilable,
  type Profile,
  type ProfileOptions,
  profile,
} from './profile.ts'
export { summarise, type Timing, undisturbed } from './timing.ts'
export { UnavailableError } from './unavailable-error.ts'
