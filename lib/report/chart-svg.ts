/** Charts as SVG files, drawn by the runtime that pages carry; they are dark where the reader's browser is. */
import { runInNewContext } from 'node:vm'
import { type ChartSpec, darkPalette, lightPalette, type Palette } from './chart-theme.ts'
import { html } from './html.ts'

interface Vega {
  View: new (parsed: unknown, options: { renderer: 'none' }) => { toSVG(): Promise<string>; finalize(): void }
  parse(spec: unknown): unknown
}

/** Draws a chart of a width of its own. `runtime` is what `readRuntime` gave. */
export async function chartSvg(spec: ChartSpec, runtime: string): Promise<string> {
  const timers = { setTimeout, clearTimeout, setInterval, clearInterval }
  const world = { console, structuredClone, URL, ...timers } as Record<string, unknown>
  runInNewContext(runtime, world)
  const { vega, vegaLite } = world as {
    vega: Vega
    vegaLite: { compile(spec: ChartSpec): { spec: unknown } }
  }
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' })
  const svg = await view.toSVG()
  view.finalize()
  const title = html`<title>${spec.description}</title>`.text
  return svg.replace(/<svg[^>]*>/, (opening) => `${opening}${title}<style>${style()}</style>`)
}

/** Turns the colours of light charts into those of dark ones, where that is asked for. */
function style(): string {
  const names = Object.keys(lightPalette).filter((name) => name !== 'series') as Exclude<
    keyof Palette,
    'series'
  >[]
  const dark = names.map((name) => {
    const [from, to] = [lightPalette[name], darkPalette[name]]
    return `[fill="${from}"]{fill:${to}}[stroke="${from}"]{stroke:${to}}`
  })
  return (
    `svg{background:${lightPalette.paper}}` +
    `@media (prefers-color-scheme:dark){svg{background:${darkPalette.paper}}${dark.join('')}}`
  )
}
