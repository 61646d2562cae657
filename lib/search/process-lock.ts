// A lock file that one process holds and that dies with it: it names its holder, and whoever finds the holder gone may
// take it over. Nothing else would survive `kill -9`, since Node has no `flock`.

import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'

export interface LockHolder {
  readonly pid: number
  readonly host: string
  /** Tells apart two processes that had the same number one after the other; empty where /proc does not say. */
  readonly birth: string
  /** Of this one hold. */
  readonly id: string
}

/** Boot of the machine and start of the process in clock ticks (field 22 of /proc/pid/stat); empty if it is gone. */
async function birthOf(pid: number): Promise<string> {
  try {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses, which may hold blanks and parentheses.
    const ticks = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
    return `${boot}/${ticks}`
  } catch {
    return ''
  }
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' // somebody else's, but there
  }
}

/** Of a lock that cannot be read: locks appear as a whole, so a power cut took what was in it, and its holder. */
const lostHolder: LockHolder = { pid: -1, host: '', birth: '', id: 'lost' }

/** Whether the holder is gone for certain; on another machine nobody can tell. */
async function isGone(holder: LockHolder): Promise<boolean> {
  if (holder === lostHolder) return true
  if (holder.host !== hostname()) return false
  return !runs(holder.pid) || (holder.birth !== '' && (await birthOf(holder.pid)) !== holder.birth)
}

/** Undefined when there is no lock. */
async function holderOf(path: string): Promise<LockHolder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as LockHolder
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (error instanceof SyntaxError) return lostHolder
    throw error
  }
}

/** Moves a finished file to `path`; false when something is there. */
async function linkAnew(file: string, path: string): Promise<boolean> {
  try {
    await link(file, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Puts `file` in the place of the lock of `stale`, unless somebody else was faster. */
async function takeOver(path: string, stale: LockHolder, file: string): Promise<boolean> {
  // Two that find the same stale lock must not both replace it: its take-over is locked in turn, by its id.
  const turn = await ProcessLock.acquire(`${path}.${stale.id}`)
  if (turn === undefined) return false
  try {
    if ((await holderOf(path))?.id !== stale.id) return false
    await rename(file, path)
    return true
  } finally {
    await turn.release()
  }
}

export class ProcessLock {
  private readonly path_: string
  private readonly id_: string

  private constructor(path: string, id: string) {
    this.path_ = path
    this.id_ = id
  }

  /** The lock, or undefined while another living process (or this one) holds it. */
  static async acquire(path: string): Promise<ProcessLock | undefined> {
    const id = randomUUID()
    const own: LockHolder = { pid: process.pid, host: hostname(), birth: await birthOf(process.pid), id }
    // Written beside and linked, so that nobody ever reads half a lock.
    const file = `${path}.${id}.new`
    await writeFile(file, JSON.stringify(own), { flag: 'wx' })
    try {
      for (;;) {
        if (await linkAnew(file, path)) return new ProcessLock(path, id)
        const holder = await holderOf(path)
        if (holder === undefined) continue // released in between
        if (!(await isGone(holder))) return undefined
        if (await takeOver(path, holder, file)) return new ProcessLock(path, id)
      }
    } finally {
      await rm(file, { force: true })
    }
  }

  /** Who holds the lock at `path`. */
  static async holder(path: string): Promise<LockHolder | undefined> {
    return holderOf(path)
  }

  async release(): Promise<void> {
    if ((await holderOf(this.path_))?.id === this.id_) await rm(this.path_, { force: true })
  }
}
