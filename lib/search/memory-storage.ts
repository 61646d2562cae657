// A study kept in memory: for tests, benchmarks and searches that nobody goes on with.

import type { StudyContents, StudyHeader, StudyRecord, StudyStorage } from './storage.ts'
import { StudyError } from './study-error.ts'

class MemoryStorage implements StudyStorage {
  private header_: string | undefined
  /** As JSON, so that what comes back is what a file would give. */
  private readonly records_: string[] = []
  private open_ = false

  async open(header: StudyHeader): Promise<StudyContents> {
    if (this.open_) throw new StudyError('ERR_PARASCAN_STUDY_LOCKED', 'The study in memory is open already')
    this.open_ = true
    this.header_ ??= JSON.stringify(header)
    return {
      header: JSON.parse(this.header_) as StudyHeader,
      records: this.records_.map((record) => JSON.parse(record) as StudyRecord),
    }
  }

  async append(record: StudyRecord): Promise<void> {
    if (!this.open_) throw new StudyError('ERR_PARASCAN_STUDY_CLOSED', 'The study in memory is closed')
    this.records_.push(JSON.stringify(record))
  }

  async close(): Promise<void> {
    this.open_ = false
  }
}

/** A storage that lives as long as the process. */
export function memoryStorage(): StudyStorage {
  return new MemoryStorage()
}
