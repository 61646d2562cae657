/** The charting runtime: built from the installed packages, safe inside a page, and asked for clearly when missing. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRuntime } from '../../lib/report/runtime.ts'

const script = new URL('../../scripts/bundle-report.mjs', import.meta.url)

describe('the runtime', () => {
  let folder = ''
  let bundle = ''

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parascan-report-'))
    const { bundleReport } = await import(script.href)
    await bundleReport(join(folder, 'report/vega-bundle.js'))
    bundle = await readRuntime(join(folder, 'report/vega-bundle.js'))
  })

  afterAll(() => rm(folder, { recursive: true }))

  it('can stand in a script element', () => {
    expect(bundle).not.toMatch(/<\/script|<!--/i)
  })

  it('keeps the licences of what is inside', async () => {
    for (const name of ['vega', 'vega-lite', 'vega-embed', 'd3-array']) {
      const { version } = JSON.parse(
        await readFile(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8'),
      )
      expect(bundle).toContain(`${name} ${version}`)
    }
    expect(bundle).toContain('University of Washington Interactive Data Lab')
  })

  it('defines what the page calls', () => {
    const world = { console, structuredClone, URL, setTimeout, clearTimeout, setInterval, clearInterval }
    runInNewContext(bundle, world)
    expect(runInNewContext('[typeof vega.View, typeof vegaLite.compile, typeof vegaEmbed]', world)).toEqual([
      'function',
      'function',
      'function',
    ])
  })

  it('that is missing is named with the remedy', async () => {
    await expect(readRuntime(join(folder, 'nothing.js'))).rejects.toMatchObject({
      code: 'ERR_PARASCAN_REPORT_RUNTIME',
      message: expect.stringContaining('node scripts/bundle-report.mjs'),
    })
  })
})
