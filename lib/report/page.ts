/** The shell of every report: one HTML file with style, charts, data and runtime inside, which asks nothing of the network. */
import { type ChartSpec, darkPalette, lightPalette } from './chart-theme.ts'
import { Html, html, scriptJson } from './html.ts'
import { pageScript } from './page-script.ts'
import { pageStyle } from './page-style.ts'
import type { Machine } from './run-data.ts'

/** A chart and the id of the element it is drawn into. */
export interface Chart {
  readonly id: string
  readonly spec: ChartSpec
}

/** What a page is made of. */
export interface Page {
  readonly title: string
  readonly header: Html
  readonly body: Html
  readonly charts: readonly Chart[]
  readonly footer: Html
  /** The report itself, kept in the page for whoever wants to read it by program. */
  readonly data: unknown
}

// Nothing may be fetched from anywhere; scripts and styles are those of the file itself.
const contentPolicy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; " +
  "base-uri 'none'; form-action 'none'"

/** The place of a chart, with what it shows in words. */
export function figure({ id }: Chart, caption?: Html): Html {
  return html`<figure><div class="chart" id="${id}"></div>${
    caption === undefined ? undefined : html`<figcaption>${caption}</figcaption>`
  }</figure>`
}

/** A row of key figures. */
export function facts(entries: readonly { name: string; value: string; note?: string }[]): Html {
  return html`<dl class="facts">${entries.map(
    ({ name, value, note }) =>
      html`<div><dt>${name}</dt><dd>${value}${note === undefined ? undefined : html` <small>${note}</small>`}</dd></div>`,
  )}</dl>`
}

/** The machine and the command that repeats the run. */
export function machineSection(machine: Machine, command: string): Html {
  const { cpu, instructionSet, cores, threads, memoryBytes, gpu, operatingSystem, node, version } = machine
  const rows = [
    ['Processor', cpu],
    ['Instruction set', instructionSet],
    ['Cores', `${cores} (${threads} ${threads === 1 ? 'thread' : 'threads'} used)`],
    ['Memory', `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`],
    ...(gpu === undefined ? [] : [['GPU', gpu]]),
    ['System', operatingSystem],
    ['Node', node],
    ['parascan', version],
  ]
  return html`<div class="pair"><section><h2>Machine</h2><dl class="machine">${rows.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl></section><section><h2>Repeat this run</h2><p>Timings vary with the machine and what else it does.</p><pre>${commandWords(command)}</pre></section></div>`
}

/** The command with options that do not break at their dashes. */
function commandWords(command: string): (Html | string)[] {
  return command
    .split(/(\s+)/)
    .map((word) => (word.startsWith('-') ? html`<span class="nowrap">${word}</span>` : word))
}

/** The file's text. `runtime` is what `readRuntime` gave. */
export function renderPage({ title, header, body, charts, footer, data }: Page, runtime: string): string {
  const trusted = (text: string) => new Html(text)
  const chartData = scriptJson({ charts, palettes: { light: lightPalette, dark: darkPalette } })
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${trusted(pageStyle)}</style>
</head>
<body>
<header>${header}</header>
<main><noscript><p class="trouble">The charts of this page need JavaScript; the tables do not.</p></noscript>${body}</main>
<footer>${footer}</footer>
<div id="hover"></div>
<script type="application/json" id="report-data">${trusted(scriptJson(data))}</script>
<script type="application/json" id="report-charts">${trusted(chartData)}</script>
<script>${trusted(runtime)}</script>
<script>${trusted(pageScript)}</script>
</body>
</html>
`.text
}
