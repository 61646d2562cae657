// Energy of the processor from its own counters (RAPL). Where there are none it says why; it never estimates.

import { addon } from '../native/load.ts'
import type { EnergyZone } from '../native/machine.ts'
import { UnavailableError } from './unavailable-error.ts'

const systemCounters = '/sys/class/powercap'

export interface EnergyUse {
  seconds: number
  /** Of the packages and the memory beside them: zones that are part of others do not count twice. */
  joules: number
  /** Joules of every zone by name, parts and wholes alike. */
  zones: Record<string, number>
}

/** Why there is no energy to read here, or `undefined` where there is. */
export function energyUnavailable(counters = systemCounters): string | undefined {
  return addon.readEnergy(counters).unavailable
}

/** Adds up the energy used since it was made. The counters cover the whole processor, not this process alone. */
export class EnergyMeter {
  readonly #counters: string
  readonly #start = performance.now()
  readonly #microjoules = new Map<string, number>()
  #last: EnergyZone[]

  /**
   * @param counters folder of the counters
   * @throws UnavailableError where the machine has none, or they may not be read
   */
  constructor(counters = systemCounters) {
    this.#counters = counters
    this.#last = readZones(counters)
  }

  /** What was used since the meter was made. To be called at least every few minutes: counters start over. */
  read(): EnergyUse {
    const seconds = (performance.now() - this.#start) / 1000
    const zones = readZones(this.#counters)
    for (const zone of zones) {
      const before = this.#last.find((other) => other.name === zone.name)
      if (before === undefined) continue
      const used =
        zone.microjoules -
        before.microjoules +
        (zone.microjoules < before.microjoules ? zone.rangeMicrojoules : 0)
      this.#microjoules.set(zone.name, (this.#microjoules.get(zone.name) ?? 0) + used)
    }
    this.#last = zones
    const joulesOf = (zone: EnergyZone) => (this.#microjoules.get(zone.name) ?? 0) / 1e6
    return {
      seconds,
      joules: zones.filter((zone) => zone.disjoint).reduce((sum, zone) => sum + joulesOf(zone), 0),
      zones: Object.fromEntries(zones.map((zone) => [zone.name, joulesOf(zone)])),
    }
  }
}

function readZones(counters: string): EnergyZone[] {
  const { zones, unavailable } = addon.readEnergy(counters)
  if (unavailable !== undefined) throw new UnavailableError('energy', unavailable)
  return zones
}
