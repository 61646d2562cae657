// The folder of a run: where everything lies, and the manifest that says which search it holds, so that the same
// command goes on with it and another one is refused.

import { randomBytes } from 'node:crypto'
import { access, constants, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'

export interface RunManifest {
  version: 1
  text: { path: string; bytes: number; sha256: string }
  objectives: string[]
  budgetSeconds: number
  seed: number
  /** The supernet that is searched. */
  supernet: unknown
}

export class RunFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  get study(): string {
    return join(this.path, 'study.jsonl')
  }
  get supernet(): string {
    return join(this.path, 'supernet.safetensors')
  }
  get front(): string {
    return join(this.path, 'front.json')
  }
  get report(): string {
    return join(this.path, 'report.html')
  }
  /** A saved model, relative to the folder. */
  model(trial: number): string {
    return join('models', `trial-${String(trial).padStart(4, '0')}.safetensors`)
  }
  absolute(relative: string): string {
    return join(this.path, relative)
  }

  /**
   * Makes the folder, or takes the one of an earlier run of the same search.
   *
   * @throws Error with code ERR_PARASCAN_OUTPUT if it cannot be written to
   * @throws Error with code ERR_PARASCAN_RUN_MISMATCH if it holds another search
   */
  static async open(path: string, manifest: RunManifest): Promise<RunFolder> {
    const folder = new RunFolder(path)
    await makeFolder(path, 'models')
    const file = join(path, 'run.json')
    const stored = await readManifest(file)
    if (!stored) {
      await writeWhole(file, `${JSON.stringify(manifest, null, 2)}\n`)
      return folder
    }
    const wanted = JSON.parse(JSON.stringify(manifest)) as RunManifest
    for (const field of ['version', 'objectives', 'budgetSeconds', 'seed', 'supernet'] as const)
      if (!isDeepStrictEqual(stored[field], wanted[field]))
        throw coded(
          'ERR_PARASCAN_RUN_MISMATCH',
          `${path} holds a search with ${field} ${shown(stored[field])}, not ${shown(wanted[field])}; choose another --out`,
        )
    if (stored.text.sha256 !== wanted.text.sha256)
      throw coded(
        'ERR_PARASCAN_RUN_MISMATCH',
        `${path} holds a search on another text (${stored.text.path}, ${stored.text.bytes} bytes); choose another --out`,
      )
    return folder
  }
}

async function readManifest(file: string): Promise<RunManifest | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text) as RunManifest
  } catch {
    throw coded('ERR_PARASCAN_RUN_MISMATCH', `${file} is not a manifest of parascan; choose another --out`)
  }
}

const coded = (code: string, text: string): Error => Object.assign(new Error(text), { code })
const shown = (value: unknown): string => (Array.isArray(value) ? value.join(',') : JSON.stringify(value))

/**
 * Makes a folder with one in it.
 *
 * @throws Error with code ERR_PARASCAN_OUTPUT if it cannot be made or written to
 */
export async function makeFolder(path: string, inner: string): Promise<void> {
  try {
    await mkdir(join(path, inner), { recursive: true })
    await access(path, constants.W_OK)
  } catch (error) {
    throw coded(
      'ERR_PARASCAN_OUTPUT',
      `${path} cannot be written to: ${(error as NodeJS.ErrnoException).code}`,
    )
  }
}

/** Writes beside `path` and renames, so that the path holds the old file or the new one, whole. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const beside = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    await writeFile(beside, content, { flush: true })
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}
