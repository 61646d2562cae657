/** Finds the charting runtime that is inlined into every page: one script built along with the package. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

// Two folders up is the package root, from lib/report and from dist/report alike.
const bundlePath = fileURLToPath(new URL('../../dist/report/vega-bundle.js', import.meta.url))

/** The script text; throws an error with code `ERR_PARASCAN_REPORT_RUNTIME` where it was not built. */
export async function readRuntime(path: string = bundlePath): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const message =
      `the charts of the report need ${path}, which is missing or cannot be read; ` +
      'in a checkout run `node scripts/bundle-report.mjs`, else install parascan again'
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_PARASCAN_REPORT_RUNTIME' })
  }
}
