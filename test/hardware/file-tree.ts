// Folders of small text files that stand in for /proc and /sys.

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Writes the files, by path, into a new folder and returns it with a slash at the end. */
export function fileTree(files: Record<string, string>): string {
  const root = `${mkdtempSync(join(tmpdir(), 'parascan-machine-'))}/`
  writeFiles(root, files)
  return root
}

export function writeFiles(root: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(root + path), { recursive: true })
    writeFileSync(root + path, `${text}\n`)
  }
}
