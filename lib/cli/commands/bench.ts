// `parascan bench`: the kernels on this machine, as a table, a page or JSON.

import type { Command } from 'commander'
import { type Benchmark, bandwidthOf, benchmark } from '../../hardware/benchmark.ts'
import { benchmarkCases } from '../../hardware/benchmark-cases/index.ts'
import { type Device, describeDevice } from '../../hardware/device.ts'
import { reportMachine } from '../../pipeline/report-machine.ts'
import { writeWhole } from '../../pipeline/run-folder.ts'
import type { BenchReport } from '../../report/bench-data.ts'
import { benchPage } from '../../report/bench-page.ts'
import { readRuntime } from '../../report/runtime.ts'
import { list, positiveNumber, wholeNumber } from '../arguments.ts'
import { UsageError } from '../errors.ts'
import { addCommonOptions, type CommonOptions } from '../options.ts'
import { checkWritable } from '../output-path.ts'
import { Progress } from '../progress.ts'
import { log, print, printJson, type Terminal } from '../terminal.ts'
import { quantity, table } from '../text.ts'

interface BenchCommandOptions extends CommonOptions {
  only?: string
  threads?: number[]
  seconds: number
  out: string
}

export function defineBench(command: Command, terminal: Terminal): void {
  command
    .option(
      '--threads <list>',
      'numbers of threads to time with (default: 1 and all)',
      list('--threads', wholeNumber('--threads')),
    )
    .option('--only <text>', 'only kernels whose name contains this, such as deltaRule')
    .option('--seconds <number>', 'time that a kernel may take, about', positiveNumber('--seconds'), 0.3)
    .option(
      '--out <name>',
      'where the results go: <name>.json, and <name>.html with rooflines',
      'parascan-bench',
    )
  addCommonOptions(command, 'decides the operands').action(async (options: BenchCommandOptions) => {
    const { threads, only = '', seconds, seed } = options
    const [page, document] = ['html', 'json'].map(
      (kind) => `${options.out.replace(/\.(html|json)$/, '')}.${kind}`,
    ) as [string, string]
    const cases = benchmarkCases.filter(({ op }) => op.includes(only))
    if (cases.length === 0) throw new UsageError(`\`--only\` must be part of a kernel's name, got "${only}"`)
    const device = describeDevice()
    const excess = threads?.find((count) => count > device.threads)
    if (excess !== undefined)
      throw new UsageError(`\`--threads\` must be at most ${device.threads} on this machine, got ${excess}`)
    for (const path of [page, document]) await checkWritable(path)
    const runtime = await readRuntime()
    const measured = await run(terminal, {
      cases,
      secondsPerCase: seconds,
      seed,
      ...(threads ? { threads } : {}),
    })
    const results = { version: 1, device, ...measured }
    await writeWhole(document, `${JSON.stringify(results, null, 2)}\n`)
    await writeWhole(page, benchPage(pageData(device, measured, options), runtime))
    if (options.json) printJson(terminal, results)
    else printTables(terminal, device, measured)
    log(terminal, `page: ${page}`)
    log(terminal, `document: ${document}`)
  })
}

async function run(terminal: Terminal, options: Parameters<typeof benchmark>[0]): Promise<Benchmark> {
  using progress = new Progress(terminal)
  return await benchmark({
    ...options,
    signal: terminal.signal,
    onProgress: ({ share, detail }) => progress.update(share, detail),
  })
}

function printTables(terminal: Terminal, device: Device, { peaks, rows, blas }: Benchmark): void {
  print(terminal, `${device.cpu}, kernels for ${device.instructionSet}`)
  for (const peak of peaks) {
    print(
      terminal,
      `\n${peak.threads} ${peak.threads === 1 ? 'thread' : 'threads'}, measured limits: ${quantity(peak.flops, 'FLOP/s')}`,
    )
    print(
      terminal,
      table(
        [
          { title: 'level' },
          { title: 'read', align: 'right' },
          { title: 'read and overwritten', align: 'right' },
        ],
        peak.bandwidths.map(({ level, read, readModifyWrite }) => [
          level,
          quantity(read, 'B/s'),
          quantity(readModifyWrite, 'B/s'),
        ]),
      ),
    )
    print(terminal, '')
    const timed = rows.filter((row) => row.threads === peak.threads)
    print(
      terminal,
      table(
        [
          { title: 'kernel' },
          { title: 'shape' },
          { title: 'time', align: 'right' },
          { title: 'tokens', align: 'right' },
          { title: 'arithmetic', align: 'right' },
          { title: 'traffic', align: 'right' },
          { title: 'of limit', align: 'right' },
          { title: 'limit' },
          ...('name' in blas
            ? [
                { title: 'BLAS time', align: 'right' as const },
                { title: 'speed vs. BLAS', align: 'right' as const },
              ]
            : []),
        ],
        timed.map((row) => [
          row.op,
          row.shape,
          quantity(row.timing.median, 's'),
          quantity(row.tokens / row.timing.median, 'tokens/s'),
          quantity(row.flops / row.timing.median, 'FLOP/s'),
          quantity(row.bytes / row.timing.median, 'B/s'),
          `${Math.round(100 * row.share)} %`,
          row.limit,
          row.blas ? quantity(row.blas.timing.median, 's') : '',
          row.blas ? `${row.blas.ratio.toFixed(2)}×` : '',
        ]),
      ),
    )
  }
  if (rows.some((row) => row.share > 1.05))
    print(
      terminal,
      '\nA kernel passed the limit it was measured against: other work kept the probe from what the machine can do. ' +
        'Repeat on an idle machine.',
    )
  print(
    terminal,
    `\nTimes are medians. Matrix products are compared with ${'name' in blas ? `${blas.name.trim()}, timed in turn` : `nothing: ${blas.unavailable}`}.`,
  )
}

function pageData(device: Device, { peaks, rows }: Benchmark, options: BenchCommandOptions): BenchReport {
  return {
    title: 'Kernels of parascan',
    command: ['parascan bench', ...given(options)].join(' '),
    device: reportMachine(device),
    peaks: peaks.map((peak) => ({
      threads: peak.threads,
      flopsPerSecond: peak.flops,
      bandwidths: peak.bandwidths.map((one) => ({ level: one.level, bytesPerSecond: bandwidthOf(one) })),
    })),
    rows: rows.map(({ timing, blas: foreign, ...row }) => ({
      ...row,
      seconds: timing.median,
      ...(foreign ? { comparison: { name: 'OpenBLAS', seconds: foreign.timing.median } } : {}),
    })),
  }
}

/** The options as they were given, in words. */
function given({ threads, only, seconds, seed, out }: BenchCommandOptions): string[] {
  return [
    ...(threads ? [`--threads ${threads}`] : []),
    ...(only ? [`--only ${only}`] : []),
    `--seconds ${seconds}`,
    `--seed ${seed}`,
    `--out ${out}`,
  ]
}
