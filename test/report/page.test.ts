/** Pages are one file that asks nothing of the network, whatever the texts in it. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { benchPage } from '../../lib/report/bench-page.ts'
import { escapeHtml, html, relativeLink, scriptJson } from '../../lib/report/html.ts'
import { pageScript } from '../../lib/report/page-script.ts'
import { searchPage } from '../../lib/report/search-page.ts'
import { emptySearch, sampleBench, sampleSearch } from './sample-report.ts'

const runtime = '/* runtime */'
const hostile = '</script><script>alert(1)</script><!-- "\'&\u2028'

function dataOf(page: string): unknown {
  const text = /<script type="application\/json" id="report-data">(.*?)<\/script>/s.exec(page)?.[1]
  return JSON.parse(text ?? '')
}

describe('a search page', () => {
  const page = searchPage(sampleSearch(), runtime)

  it('refers to nothing outside itself', () => {
    const references = [...page.matchAll(/\s(?:src|href|action|poster|data)="([^"]*)"/g)].map(
      ([, target]) => target,
    )
    expect(references.length).toBeGreaterThan(0)
    for (const target of references) expect(target).toMatch(/^(\.\/|data:,$)/)
    expect(page).not.toMatch(/url\(|@import|fetch\(|XMLHttpRequest|import\(/)
    expect(page).toContain('default-src &#39;none&#39;')
  })

  it('says what was searched, on what, for how long', () => {
    const text = page.replaceAll('\u00a0', ' ')
    expect(text).toContain(
      '8 linear recurrent networks tried on sample.txt (1.23 MB) in 2 min 1 s of a budget of 2 min, ' +
        'on Example CPU (avx2, 2 threads), seed 1.',
    )
    expect(text).toContain('Kendall τ = 0.80 over 6 networks')
    expect(text).toContain('npx parascan search sample.txt <span class="nowrap">--objectives</span>')
  })

  it('links the models relatively, spaces and all', () => {
    expect(page).toContain('<a href="./models/network%201.safetensors">models/network 1.safetensors</a>')
  })

  it('gives the report back as it came, but for values JSON has no word for', () => {
    expect(dataOf(page)).toEqual(JSON.parse(JSON.stringify(sampleSearch())))
  })

  it('shows a text as text wherever it stands', () => {
    const report = sampleSearch()
    const wild = searchPage(
      {
        ...report,
        title: hostile,
        command: hostile,
        text: { ...report.text, path: hostile },
        device: { ...report.device, cpu: hostile },
        front: report.front.map((point) => ({
          ...point,
          id: hostile,
          model: hostile,
          architecture: { short: hostile, details: { [hostile]: hostile } },
        })),
      },
      runtime,
    )
    const opened = (text: string) => text.match(/<script/g)?.length
    expect(opened(wild)).toBe(opened(page))
    expect(wild).not.toContain('alert(1)</script>')
    expect(wild).not.toContain('<!--')
    expect((dataOf(wild) as { title: string }).title).toBe(hostile)
  })

  it('of a search that found nothing says so', () => {
    const empty = searchPage(emptySearch(), runtime)
    expect(empty).toContain('The search delivered no network.')
    expect(empty).not.toContain('<figure>')
  })
})

describe('a benchmark page', () => {
  it('has a row a kernel, with names as text', () => {
    const page = benchPage(sampleBench(), runtime)
    expect(page.match(/<tr>/g)?.length).toBe(1 + sampleBench().rows.length)
    expect(page).toContain('<td>copy &lt;&amp;&gt;</td>')
    expect(page).toContain('width:90%')
    expect(dataOf(page)).toEqual(sampleBench())
  })
})

describe('escaping', () => {
  it('leaves no markup in a text', () => {
    expect(escapeHtml(`<a href="x" title='y'>&`)).toBe('&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;')
    expect(html`<p>${'<b>'}${html`<i>${1}</i>`}${undefined}${['a', html`<br>`]}</p>`.text).toBe(
      '<p>&lt;b&gt;<i>1</i>a<br></p>',
    )
  })

  it('JSON in a script reads back and holds nothing that ends the script', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = scriptJson({ value, hostile })
        expect(text).not.toMatch(/[<\u2028\u2029]/)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value, hostile })))
      }),
    )
  })

  it('a link stays relative whatever the path', () => {
    expect(relativeLink('javascript:alert(1)')).toBe('./javascript%3Aalert(1)')
    expect(relativeLink('//host/x')).toBe('./host/x')
    expect(relativeLink('./models\\a?b#c.safetensors')).toBe('./models/a%3Fb%23c.safetensors')
  })
})

describe('the script of the page', () => {
  it('parses, and writes no markup', () => {
    expect(() => new Function(pageScript)).not.toThrow()
    expect(pageScript).not.toMatch(/innerHTML|insertAdjacentHTML|document\.write/)
  })
})
