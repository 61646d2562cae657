/** Safe HTML from template strings: every interpolated text is escaped unless it is `Html` already. */

/** Markup that is known to be safe. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

type Piece = Html | string | number | undefined | readonly Piece[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text for element content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

function render(piece: Piece): string {
  if (piece === undefined) return ''
  if (piece instanceof Html) return piece.text
  if (typeof piece === 'string' || typeof piece === 'number') return escapeHtml(String(piece))
  return piece.map(render).join('')
}

/** Tagged template: html`<td>${text}</td>`. */
export function html(strings: TemplateStringsArray, ...pieces: Piece[]): Html {
  return new Html(strings.map((literal, index) => literal + render(pieces[index])).join(''))
}

/**
 * JSON that may stand inside a script element: no `<` is left, so neither `</script>` nor `<!--` can end or hide it,
 * and the line separators that older parsers refuse are spelled out. Parses to the same value.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
}

/** A relative link to a file beside the page; each part is encoded, so no path turns into another kind of link. */
export function relativeLink(path: string): string {
  const parts = path.split(/[\\/]+/).filter((part) => part !== '' && part !== '.')
  return `./${parts.map((part) => encodeURIComponent(part)).join('/')}`
}
