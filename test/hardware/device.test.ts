// Descriptions of machines, from folders that stand in for /proc and /sys, and of this one.

import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { describeDevice, listGpus, measurePeak, memoryUse } from '../../lib/hardware/device.ts'
import { fileTree } from './file-tree.ts'

function processor(number: number, physical: number, core: number): string {
  return [
    `processor\t: ${number}`,
    'model name\t: Example 9000 CPU @ 3.00GHz',
    'cpu MHz\t\t: 1200.000',
    `physical id\t: ${physical}`,
    `core id\t\t: ${core}`,
    'flags\t\t: fpu sse2 avx avx2 fma f16c avx512_bf16 unheardof',
    '',
  ].join('\n')
}

const desktop = {
  'proc/cpuinfo': [processor(0, 0, 0), processor(1, 0, 1), processor(2, 0, 0), processor(3, 0, 1)].join('\n'),
  'proc/meminfo': 'MemTotal:       16000000 kB\nMemAvailable:    8000000 kB',
  'proc/self/cgroup': '0::/service/worker',
  'proc/sys/kernel/osrelease': '6.1.0',
  'etc/os-release': 'NAME="Example"\nPRETTY_NAME="Example Linux 12"',
  'sys/fs/cgroup/service/cpu.max': '150000 100000',
  'sys/fs/cgroup/service/memory.max': '2147483648',
  'sys/fs/cgroup/service/worker/cpu.max': 'max 100000',
  'sys/fs/cgroup/service/worker/memory.max': '4294967296',
  'sys/devices/system/cpu/cpu0/cache/index0/level': '1',
  'sys/devices/system/cpu/cpu0/cache/index0/type': 'Data',
  'sys/devices/system/cpu/cpu0/cache/index0/size': '48K',
  'sys/devices/system/cpu/cpu0/cache/index0/shared_cpu_list': '0,2',
  'sys/devices/system/cpu/cpu0/cache/index3/level': '3',
  'sys/devices/system/cpu/cpu0/cache/index3/type': 'Unified',
  'sys/devices/system/cpu/cpu0/cache/index3/size': '12M',
  'sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list': '0-3',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '2400000',
  'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '4700000',
  'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave',
}

describe('device', () => {
  test('reads processor, caches, clock, container and system', () => {
    expect(describeDevice(fileTree(desktop))).toMatchObject({
      cpu: 'Example 9000 CPU @ 3.00GHz',
      features: ['sse2', 'avx', 'avx2', 'fma', 'f16c', 'avx512_bf16'],
      logicalCores: 4,
      cores: 2,
      caches: [
        { level: 1, type: 'Data', bytes: 49_152, sharedBy: 2 },
        { level: 3, type: 'Unified', bytes: 12 * 1024 ** 2, sharedBy: 4 },
      ],
      currentHertz: 2.4e9,
      maximumHertz: 4.7e9,
      governor: 'powersave',
      hypervisor: false,
      memoryBytes: 16_384_000_000,
      containerCores: 1.5, // the tighter limit of the parent
      containerMemoryBytes: 2_147_483_648,
      operatingSystem: 'Example Linux 12',
      kernel: '6.1.0',
    })
  })

  test('reads the limits of the first version of control groups', () => {
    const device = describeDevice(
      fileTree({
        'proc/meminfo': 'MemTotal:       16000000 kB',
        'proc/self/cgroup': '4:memory:/\n1:cpu,cpuacct:/job',
        'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712',
        'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us': '50000',
        'sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us': '100000',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us': '-1',
        'sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us': '100000',
      }),
    )
    expect(device.containerCores).toBe(0.5)
    expect(device).not.toHaveProperty('containerMemoryBytes')
  })

  test('what a machine does not tell is absent', () => {
    const device = describeDevice(fileTree({}))
    expect(device).toMatchObject({ cpu: '', features: [], caches: [], cores: 0, hypervisor: false })
    for (const name of ['currentHertz', 'maximumHertz', 'governor', 'containerCores', 'containerMemoryBytes'])
      expect(device).not.toHaveProperty(name)
  })

  test('this machine has cores, memory and an instruction set', () => {
    const device = describeDevice()
    expect(device.usableCores).toBeGreaterThan(0)
    expect(device.memoryBytes).toBeGreaterThan(0)
    expect(device.instructionSets).toContain(device.instructionSet)
    expect(device.threads).toBe(Number(process.env.PARASCAN_THREADS || availableParallelism()))
    expect(device.version).toMatch(/^\d+\.\d+\.\d+/)
  })

  test('memory of this process is what Node says, too', () => {
    const use = memoryUse()
    expect(use.residentBytes / process.memoryUsage.rss()).toBeGreaterThan(0.5)
    expect(use.residentBytes / process.memoryUsage.rss()).toBeLessThan(2)
    expect(use.peakResidentBytes).toBeGreaterThanOrEqual(use.residentBytes)
    expect(use.availableBytes).toBeGreaterThan(0)
  })

  test('GPUs are listed, or missing for a reason', () => {
    const { gpus, unavailable } = listGpus()
    if (gpus.length === 0) expect(unavailable).not.toBe('')
    else expect(unavailable).toBeUndefined()
  })

  test('the measured peak has a rate for arithmetic and for every level of memory', async () => {
    const peak = await measurePeak(1)
    expect(peak.threads).toBe(1)
    expect(peak.flops).toBeGreaterThan(0)
    for (const { read, readModifyWrite } of peak.bandwidths) {
      expect(read).toBeGreaterThan(0)
      expect(readModifyWrite).toBeGreaterThan(0)
    }
    expect(peak.bandwidths.at(-1)?.level).toBe('memory')
    expect(() => measurePeak(0)).toThrow(RangeError)
  })
})
