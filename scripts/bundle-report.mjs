// Writes dist/report/vega-bundle.js: the browser builds of vega, vega-lite and vega-embed in one script, with the
// licences of everything inside them, ready to stand inside a page.
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const installed = join(root, 'node_modules')

// In the order they need each other.
const parts = [
  { name: 'vega', file: 'build/vega.min.js' },
  { name: 'vega-lite', file: 'build/vega-lite.min.js' },
  { name: 'vega-embed', file: 'build/vega-embed.min.js' },
]

// Dependencies of the parts' own command lines; nothing of them is in the browser builds.
const commandLineOnly = new Set(['commander', 'iconv-lite', 'yargs'])

/** Neither `</script` nor `<!--` may stand in an inline script; in JavaScript strings the backslash changes nothing. */
export function safeInline(script) {
  return script
    .replaceAll(/\/\/# sourceMappingURL=.*$/gm, '')
    .replaceAll(/<\/(script)/gi, '<\\/$1')
    .replaceAll('<!--', '<\\!--')
}

async function readManifest(name) {
  return JSON.parse(await readFile(join(installed, name, 'package.json'), 'utf8'))
}

/** The packages and all they depend on, since the browser builds contain those too. */
async function closure(names) {
  const manifests = new Map()
  const waiting = [...names]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (manifests.has(name) || commandLineOnly.has(name)) continue
    const manifest = await readManifest(name)
    manifests.set(name, manifest)
    waiting.push(...Object.keys(manifest.dependencies ?? {}))
  }
  return [...manifests.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function licenceText(name, kind) {
  const files = await readdir(join(installed, name))
  const file = files.find((candidate) => /^licen[cs]e/i.test(candidate))
  return file === undefined
    ? `Licence: ${kind}`
    : (await readFile(join(installed, name, file), 'utf8')).trim()
}

/** One comment; packages under the same words share them. */
async function notices(names) {
  const byText = new Map()
  for (const { name, version, license } of await closure(names)) {
    const text = await licenceText(name, license)
    byText.set(text, [...(byText.get(text) ?? []), `${name} ${version}`])
  }
  const blocks = [...byText].map(([text, packages]) => `${packages.join(', ')}\n\n${text}`)
  return `/*!\n${safeInline(blocks.join('\n\n----\n\n')).replaceAll('*/', '* /')}\n*/\n`
}

/** Writes the bundle beside its place and renames it, so that a reader never sees half of it. */
export async function bundleReport(target) {
  const scripts = await Promise.all(
    parts.map(async ({ name, file }) =>
      safeInline(await readFile(join(installed, name, file), 'utf8')).trim(),
    ),
  )
  const notice = await notices(parts.map(({ name }) => name))
  await mkdir(dirname(target), { recursive: true })
  const beside = `${target}.${process.pid}.tmp`
  await writeFile(beside, `${notice}${scripts.join(';\n')};\n`)
  await rename(beside, target)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  await bundleReport(join(root, 'dist/report/vega-bundle.js'))
}
