/** Every chart of every page compiles, parses and draws with the charting runtime, and says so without a warning. */
import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import { describe, expect, it } from 'vitest'
import { accuracyPicture } from '../../lib/report/accuracy-chart.ts'
import { benchPage } from '../../lib/report/bench-page.ts'
import { chartSvg } from '../../lib/report/chart-svg.ts'
import type { ChartSpec } from '../../lib/report/chart-theme.ts'
import { languageModellingPage } from '../../lib/report/language-modelling-page.ts'
import { rangePicture } from '../../lib/report/range-chart.ts'
import { readRuntime } from '../../lib/report/runtime.ts'
import { searchPage } from '../../lib/report/search-page.ts'
import type { TrackingTask } from '../../lib/report/state-tracking-data.ts'
import { stateTrackingPage } from '../../lib/report/state-tracking-page.ts'
import { sampleBench, sampleLanguageModelling, sampleSearch, sampleTracking } from './sample-report.ts'

function chartsOf(page: string): { id: string; spec: ChartSpec }[] {
  const text = /<script type="application\/json" id="report-charts">(.*?)<\/script>/s.exec(page)?.[1]
  return JSON.parse(text ?? '').charts
}

async function renderSvg(spec: ChartSpec): Promise<{ svg: string; warnings: string[] }> {
  const warnings: string[] = []
  const note = (...words: readonly unknown[]) => {
    warnings.push(words.join(' '))
    return logger
  }
  const quiet = () => logger
  const logger = { level: () => logger, warn: note, error: note, info: quiet, debug: quiet }
  // There is no container here to take the width from.
  const sized = { ...spec, width: 600 } as ChartSpec
  const compiled = compile(sized, { logger: logger as never }).spec
  const view = new View(parse(compiled), { renderer: 'none', logger: logger as never })
  const svg = await view.toSVG()
  view.finalize()
  return { svg, warnings }
}

const pages = {
  'a search over two objectives': searchPage(sampleSearch(2), ''),
  'a search over three objectives': searchPage(sampleSearch(3), ''),
  'a search over one objective': searchPage(sampleSearch(1), ''),
  'a benchmark': benchPage(sampleBench(), ''),
  'state tracking': stateTrackingPage(sampleTracking(), ''),
  'language modelling': languageModellingPage(sampleLanguageModelling(), ''),
}

describe.each(Object.entries(pages))('%s', (_, page) => {
  it.each(chartsOf(page).map(({ id, spec }) => [id, spec] as const))('draws %s', async (_, spec) => {
    const { svg, warnings } = await renderSvg(spec)
    expect(warnings).toEqual([])
    expect(svg).toContain('<svg')
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('the front', () => {
  const spec = (count: number) => chartsOf(searchPage(sampleSearch(count), ''))[0]?.spec as ChartSpec

  it('names its axes with friendly units and the better direction', async () => {
    const { svg } = await renderSvg(spec(2))
    expect(svg).toContain('latency (µs/token) · lower is better')
    expect(svg).toContain('loss (nat/byte) · lower is better')
  })

  it('numbers the delivered networks and joins them only where two objectives are all', async () => {
    const stairs = async (count: number) => {
      const { layer } = spec(count) as unknown as { layer: { data: { values: unknown[] } }[] }
      return layer[2]?.data.values.length
    }
    expect(await stairs(2)).toBeGreaterThan(6)
    expect(await stairs(3)).toBe(0)
    const { svg } = await renderSvg(spec(2))
    for (const label of ['1', '6']) expect(svg).toContain(`>${label}</text>`)
  })

  it('leaves out trials without a value', () => {
    expect(JSON.stringify(spec(2))).not.toContain('Trial 7')
  })

  it('tells what a network is made of', () => {
    expect(JSON.stringify(spec(2))).toContain('["eigenvalues","[-1,1]"]')
  })
})

describe('the picture of a task', () => {
  it('has a panel a model that was run, and is dark where the browser is', async () => {
    const [task] = sampleTracking().tasks
    const runtime = await readRuntime()
    const svg = await chartSvg(accuracyPicture(task as TrackingTask), runtime)
    for (const text of ['deltanet', 'attention', '[0,1]', '[-1,1]', '2048'])
      expect(svg).toContain(`>${text}</text>`)
    expect(svg).not.toContain('>gla</text>')
    expect(svg).toContain('@media (prefers-color-scheme:dark)')
    expect(svg).not.toMatch(/NaN|undefined|Infinity/)
  })
})

describe('the picture of language models', () => {
  const { models } = sampleLanguageModelling()

  it('has the losses and what the wider range costs, a column a model', async () => {
    const { svg, warnings } = await renderSvg(rangePicture(models))
    expect(warnings).toEqual([])
    for (const name of ['deltanet', 'gla'])
      for (const row of ['bits per byte', 'what [-1,1] costs, in bits per byte'])
        expect(svg).toContain(`>${name}: ${row}</text>`)
  })
})
