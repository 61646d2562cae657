// Whether a result can be written where it was asked for, found out before hours of work are done for it.

import { randomBytes } from 'node:crypto'
import { open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes an empty file beside `path`, as whole files are written before they are renamed, and removes it.
 *
 * @throws Error with code ERR_PARASCAN_OUTPUT naming what is wrong
 */
export async function checkWritable(path: string): Promise<void> {
  const fail = (what: string): never => {
    throw Object.assign(new Error(`${path} cannot be written: ${what}`), { code: 'ERR_PARASCAN_OUTPUT' })
  }
  const existing = await stat(path).catch(() => undefined)
  if (existing?.isDirectory()) fail('it is a folder')
  const folder = await stat(dirname(path)).catch(() => undefined)
  if (!folder) fail(`the folder ${dirname(path)} does not exist`)
  if (!folder?.isDirectory()) fail(`${dirname(path)} is not a folder`)
  const beside = `${path}.${randomBytes(4).toString('hex')}.part`
  try {
    await (await open(beside, 'wx')).close()
  } catch (error) {
    fail((error as NodeJS.ErrnoException).code ?? (error as Error).message)
  } finally {
    await rm(beside, { force: true })
  }
}
