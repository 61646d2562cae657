// The obligations of lib/search/storage.ts, for every storage.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { journal, memoryStorage, type StudyHeader, type StudyRecord } from '../../lib/search/index.ts'
import { problem } from './problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'parascan-storages-'))
afterAll(() => rmSync(folder, { recursive: true }))

const header: StudyHeader = {
  type: 'study',
  version: 1,
  space: problem.space.describe(),
  objectives: problem.objectives,
  searcher: problem.searcher.description,
  seed: '1',
}

const records: StudyRecord[] = [
  { type: 'asked', trial: 0, configuration: { a: 'line\nbreak and ümlaut', b: true }, time: 1.5 },
  { type: 'told', trial: 0, values: { cost: 0.1 + 0.2 }, attributes: { curve: [1, 2] }, time: 2 },
  { type: 'failed', trial: 1, reason: '', time: 3 },
]

let files = 0

describe.each([
  { name: 'memory', make: memoryStorage },
  { name: 'journal', make: () => journal(join(folder, 'new', `${files++}.jsonl`)) },
])('the storage $name', ({ make }) => {
  it('takes the first header and keeps it', async () => {
    const storage = make()
    expect(await storage.open(header)).toEqual({ header, records: [] })
    await storage.close()
    expect((await storage.open({ ...header, seed: '2' })).header).toEqual(header)
    await storage.close()
  })

  it('gives back what was appended, in its order', async () => {
    const storage = make()
    await storage.open(header)
    for (const record of records) await storage.append(record)
    await storage.close()
    expect((await storage.open(header)).records).toEqual(records)
    await storage.append(records[2] as StudyRecord)
    await storage.close()
    expect((await storage.open(header)).records).toEqual([...records, records[2]])
    await storage.close()
  })

  it('is open to one at a time', async () => {
    const storage = make()
    await storage.open(header)
    await expect(storage.open(header)).rejects.toMatchObject({ code: 'ERR_PARASCAN_STUDY_LOCKED' })
    await storage.append(records[0] as StudyRecord) // the refused one has not taken it away
    await storage.close()
    await expect(storage.append(records[0] as StudyRecord)).rejects.toMatchObject({
      code: 'ERR_PARASCAN_STUDY_CLOSED',
    })
  })
})
