// A study kept in an append-only file of JSON lines: the header first, then one record a line. A line counts once its
// line break is there, so a write that a crash tore is as if it had never begun.

import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ProcessLock } from './process-lock.ts'
import type { StudyContents, StudyHeader, StudyRecord, StudyStorage } from './storage.ts'
import { StudyError } from './study-error.ts'

const lineBreak = 0x0a

function parseLine(path: string, line: string, number: number): StudyHeader | StudyRecord {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && 'type' in value)
      return value as StudyHeader | StudyRecord
  } catch (cause) {
    throw corrupt(path, number, 'is no JSON', cause)
  }
  throw corrupt(path, number, 'is no record of a study')
}

function corrupt(path: string, line: number, what: string, cause?: unknown): StudyError {
  return new StudyError('ERR_PARASCAN_STUDY_CORRUPT', `${path}:${line} ${what}; the study cannot be read`, {
    cause,
  })
}

/** The whole lines of `bytes`. Undefined when there is not even a header. */
function parse(path: string, bytes: Buffer): StudyContents | undefined {
  const text = bytes.subarray(0, wholeLines(bytes)).toString('utf8')
  if (text === '') return undefined
  const [header, ...records] = text
    .slice(0, -1)
    .split('\n')
    .map((line, i) => parseLine(path, line, i + 1))
  if (header?.type !== 'study') throw corrupt(path, 1, 'is not the header of a study')
  if (header.version !== 1)
    throw new StudyError(
      'ERR_PARASCAN_STUDY_MISMATCH',
      `${path} has version ${header.version} of the format, this parascan reads version 1`,
    )
  const misplaced = records.findIndex((record) => record.type === 'study')
  if (misplaced >= 0) throw corrupt(path, misplaced + 2, 'is a second header')
  return { header, records: records as StudyRecord[] }
}

/** Length of what ends in a line break. */
const wholeLines = (bytes: Buffer): number => bytes.lastIndexOf(lineBreak) + 1

/** Makes the name of a new file survive a power cut. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  await folder.sync().finally(() => folder.close())
}

class Journal implements StudyStorage {
  private readonly path_: string
  private lock_: ProcessLock | undefined
  private file_: FileHandle | undefined
  /** Bytes of whole lines, where the next one goes. */
  private size_ = 0

  constructor(path: string) {
    this.path_ = resolve(path)
  }

  async open(header: StudyHeader): Promise<StudyContents> {
    await mkdir(dirname(this.path_), { recursive: true })
    const lockPath = `${this.path_}.lock`
    const lock = await ProcessLock.acquire(lockPath)
    if (lock === undefined) {
      const holder = await ProcessLock.holder(lockPath)
      throw new StudyError(
        'ERR_PARASCAN_STUDY_LOCKED',
        `${this.path_} is in use by process ${holder?.pid} on ${holder?.host}; if that is not so, remove ${lockPath}`,
      )
    }
    this.lock_ = lock
    try {
      return await this.openLocked(header)
    } catch (error) {
      await this.close()
      throw error
    }
  }

  private async openLocked(header: StudyHeader): Promise<StudyContents> {
    this.file_ = await open(this.path_, constants.O_RDWR | constants.O_CREAT, 0o666)
    const bytes = await this.file_.readFile()
    this.size_ = wholeLines(bytes)
    const contents = parse(this.path_, bytes)
    // What a crash tore goes now, or the rest of it would follow a shorter line.
    if (this.size_ < bytes.length) await this.file_.truncate(this.size_)
    if (contents !== undefined) return contents
    await this.write(header)
    await syncFolder(dirname(this.path_))
    return { header, records: [] }
  }

  async append(record: StudyRecord): Promise<void> {
    await this.write(record)
  }

  private async write(line: StudyHeader | StudyRecord): Promise<void> {
    const file = this.file_
    if (file === undefined) throw new StudyError('ERR_PARASCAN_STUDY_CLOSED', `${this.path_} is closed`)
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
    try {
      const { bytesWritten } = await file.write(bytes, 0, bytes.length, this.size_)
      if (bytesWritten < bytes.length) throw new Error(`${this.path_}: no room for ${bytes.length} bytes`)
      await file.datasync()
    } catch (error) {
      await file.truncate(this.size_).catch(() => undefined) // the first failure is the one to tell
      throw error
    }
    this.size_ += bytes.length
  }

  async close(): Promise<void> {
    const { file_: file, lock_: lock } = this
    this.file_ = undefined
    this.lock_ = undefined
    await file?.close()
    await lock?.release()
  }
}

/**
 * A study in the file `path`, which is made, with its folders, where there is none. It survives `kill -9` at any moment
 * and a power cut; while it is open, `path.lock` keeps other processes out.
 */
export function journal(path: string): StudyStorage {
  return new Journal(path)
}

/**
 * The study in `path` as it is now, without opening it; also while somebody writes it.
 *
 * @returns undefined when there is no such file, or not even a header in it
 * @throws StudyError with the code ERR_PARASCAN_STUDY_CORRUPT or ERR_PARASCAN_STUDY_MISMATCH
 */
export async function readJournal(path: string): Promise<StudyContents | undefined> {
  try {
    return parse(path, await readFile(path))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
