/** The style sheet of every page: system fonts, one column that breathes, light and dark by the reader's choice. */
import { darkPalette, lightPalette, type Palette } from './chart-theme.ts'

function variables({ ink, muted, faint, grid, paper, accent, second }: Palette): string {
  return (
    `--ink:${ink};--muted:${muted};--faint:${faint};--line:${grid};` +
    `--paper:${paper};--accent:${accent};--second:${second}`
  )
}

/** The whole sheet as text; it refers to nothing outside itself. */
export const pageStyle = `
:root{color-scheme:light dark;${variables(lightPalette)}}
@media (prefers-color-scheme:dark){:root{${variables(darkPalette)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;
  font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 32px}
header{padding-top:48px}
h1{font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.012em;margin:0 0 12px;overflow-wrap:anywhere}
h2{font-size:19px;line-height:1.3;font-weight:620;letter-spacing:-.004em;margin:0 0 4px}
p{margin:0;max-width:76ch}
.summary{color:var(--muted);font-size:17px;overflow-wrap:anywhere}
.facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(130px,1fr));gap:20px 28px;margin:32px 0 0;
  padding:20px 0;border:solid var(--line);border-width:1px 0}
.facts dt{color:var(--muted);font-size:13px}
.facts dd{margin:2px 0 0;font-size:23px;line-height:1.25;font-weight:600;letter-spacing:-.01em;
  font-variant-numeric:tabular-nums}
.facts dd small{font-size:14px;font-weight:400;letter-spacing:0;color:var(--muted);white-space:nowrap}
section{margin-top:52px}
section>p,figure>figcaption{color:var(--muted);font-size:14.5px;max-width:84ch}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:52px 48px}
.pair{margin-top:52px}
.pair>section{min-width:0;margin-top:0}
section>p.sources{font-size:13px;margin-top:10px}
figure{margin:18px 0 0}
.chart{width:100%;min-height:60px}
.chart.vega-embed.has-actions{display:block;padding-right:0;position:relative}
.chart.vega-embed>.chart-wrapper,.chart svg{display:block}
.chart svg{overflow:visible;max-width:100%}
.chart.vega-embed details{opacity:0;transition:opacity .15s}
.chart.vega-embed:hover details,.chart.vega-embed details:focus-within,.chart.vega-embed details[open]{opacity:1}
.chart.vega-embed summary{border:1px solid var(--line);background:var(--paper);color:var(--muted);box-shadow:none;
  border-radius:6px;top:-34px;padding:3px 5px}
.chart.vega-embed .vega-actions{top:-4px;right:0;background:var(--paper);border:1px solid var(--line);border-radius:6px;
  box-shadow:0 4px 14px rgba(0,0,0,.14)}
.chart.vega-embed .vega-actions::before,.chart.vega-embed .vega-actions::after{display:none}
.chart.vega-embed .vega-actions a{color:var(--ink);font-family:inherit;font-size:13px}
.chart.vega-embed .vega-actions a:hover{background:var(--line);color:var(--ink)}
.trouble{margin-top:16px;border:1px solid var(--second);border-radius:6px;padding:12px 16px;font-size:14.5px}
.scroll{overflow-x:auto;margin-top:20px;-webkit-overflow-scrolling:touch}
table{border-collapse:collapse;width:100%;font-size:14.5px;font-variant-numeric:tabular-nums}
th{font-weight:400;color:var(--muted);font-size:13px;text-align:left;vertical-align:bottom;line-height:1.35}
th,td{padding:8px 24px 8px 0;border-bottom:1px solid var(--line)}
th:last-child,td:last-child{padding-right:4px}
th:first-child,td:first-child{padding-left:4px}
td{vertical-align:baseline}
td code{display:block;min-width:15em}
.number{text-align:right;white-space:nowrap}
.best{font-weight:650}
.was{color:var(--muted)}
.nowrap{white-space:nowrap}
tbody tr.pointed{background:color-mix(in srgb,var(--accent) 12%,transparent)}
tbody th{color:inherit}
.tag{display:inline-block;min-width:24px;height:24px;border-radius:12px;padding:0 6px;background:var(--accent);
  color:var(--paper);font-size:12px;font-weight:600;line-height:24px;text-align:center}
.meter{display:inline-block;width:72px;height:6px;border-radius:3px;background:var(--line);overflow:hidden;
  margin-right:10px;vertical-align:middle}
.meter i{display:block;height:100%;background:var(--accent)}
.panels{display:grid;grid-template-columns:repeat(auto-fill,minmax(220px,1fr));gap:20px 28px;margin-top:28px}
.panels.wide{grid-template-columns:repeat(auto-fit,minmax(min(360px,100%),1fr))}
.panels>div{min-width:0}
.panels figure{margin-top:6px}
h3{font-size:14.5px;font-weight:600;margin:0}
.line{display:inline-block;width:18px;height:2px;background:var(--muted);vertical-align:middle;margin-right:6px}
.line.accent{background:var(--accent)}
.line.second{background:var(--second)}
code,pre{font:13.5px/1.55 ui-monospace,"SF Mono",SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace}
pre{margin:14px 0 0;padding:14px 16px;border:1px solid var(--line);border-radius:6px;white-space:pre-wrap;
  overflow-wrap:anywhere;user-select:all}
a{color:var(--accent);text-decoration:none}
a:hover{text-decoration:underline}
.machine{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:6px 28px;margin:16px 0 0;font-size:14.5px}
.machine dt{color:var(--muted)}
.machine dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--muted);font-size:13px;margin-top:64px;padding-bottom:48px}
#hover{position:fixed;z-index:2000;pointer-events:none;visibility:hidden;max-width:min(380px,calc(100vw - 16px));
  background:var(--paper);border:1px solid var(--line);border-radius:8px;box-shadow:0 6px 24px rgba(0,0,0,.18);
  padding:10px 14px;font-size:13px;line-height:1.45;font-variant-numeric:tabular-nums}
#hover.shown{visibility:visible}
#hover b{display:block;margin-bottom:4px;font-weight:620;overflow-wrap:anywhere}
#hover dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:1px 14px;margin:0}
#hover dt{color:var(--muted)}
#hover dd{margin:0;overflow-wrap:anywhere}
@media (max-width:820px){.pair{grid-template-columns:minmax(0,1fr)}}
@media (max-width:560px){
  main,header,footer{padding-left:18px;padding-right:18px}
  header{padding-top:28px}
  h1{font-size:24px}.summary{font-size:16px}
  .facts{grid-template-columns:repeat(2,minmax(0,1fr));gap:16px 20px;margin-top:24px}
  .facts dd{font-size:20px}
  .machine{gap:4px 16px}
  th,td{padding-right:16px}
}
@media print{
  section,figure,tr{break-inside:avoid}
  .chart.vega-embed details{display:none}
}
`
