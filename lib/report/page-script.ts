/**
 * What runs in the reader's browser, as text: draws the charts, follows the colour scheme, shows the hover and joins a
 * chart's points with the rows of the table. Text from the data enters the page as text nodes only.
 */
export const pageScript = `'use strict'
const { charts, palettes } = JSON.parse(document.getElementById('report-charts').textContent)
const darkness = matchMedia('(prefers-color-scheme: dark)')
const palette = () => (darkness.matches ? palettes.dark : palettes.light)
const hover = document.getElementById('hover')
const views = []

function element(name, text) {
  const made = document.createElement(name)
  made.textContent = text
  return made
}

function place(event) {
  const { width, height } = hover.getBoundingClientRect()
  const touch = event.touches?.[0] ?? event.changedTouches?.[0] ?? event
  const right = touch.clientX + 14 + width <= innerWidth - 8
  const left = right ? touch.clientX + 14 : touch.clientX - 14 - width
  const top = Math.min(touch.clientY + 14, innerHeight - 8 - height)
  hover.style.left = Math.max(8, left) + 'px'
  hover.style.top = Math.max(8, top) + 'px'
}

function mark(id) {
  for (const row of document.querySelectorAll('tr[data-id]')) {
    row.classList.toggle('pointed', row.dataset.id === id)
  }
}

function point(id) {
  for (const { view, points } of views) if (points) view.signal('pointed', id).runAsync()
}

function showHover(handler, event, item, value) {
  const datum = item?.datum
  const text = value && datum?.hover
  hover.classList.toggle('shown', Boolean(text))
  mark(text && datum.id ? datum.id : undefined)
  if (!text) return
  const rows = document.createElement('dl')
  for (const [name, shown] of text.rows) rows.append(element('dt', name), element('dd', shown))
  hover.replaceChildren(element('b', text.heading), rows)
  place(event)
}

async function draw(id, spec) {
  const container = document.getElementById(id)
  const params = spec.params.map((param) => (param.name === 'palette' ? { ...param, value: palette() } : param))
  try {
    const { view } = await vegaEmbed(container, { ...spec, params }, {
      renderer: 'svg',
      ast: true,
      tooltip: showHover,
      actions: { export: true, source: false, compiled: false, editor: false },
      downloadFileName: id,
    })
    views.push({ view, points: params.some((param) => param.name === 'pointed') })
  } catch (error) {
    container.className = 'trouble'
    container.textContent = 'This chart could not be drawn: ' + error.message
  }
}

for (const { id, spec } of charts) draw(id, spec)
darkness.addEventListener('change', () => {
  for (const { view } of views) view.signal('palette', palette()).runAsync()
})
for (const row of document.querySelectorAll('tr[data-id]')) {
  row.addEventListener('pointerenter', () => point(row.dataset.id))
  row.addEventListener('pointerleave', () => point(''))
}
addEventListener('scroll', () => hover.classList.remove('shown'), { passive: true })
`
