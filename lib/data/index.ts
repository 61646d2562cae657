// What `parascan/data` offers: texts as bytes, and tasks.

export { type Batch, type BatchSource, countedTargets, type Dataset, ignored } from './batch.ts'
export { parityBatch, parityClasses, parityVocabulary } from './parity.ts'
export { findTask, type Task, taskBatches, taskNames, testBatches } from './tasks.ts'
export { byteVocabulary, readText, type TextOptions, textDataset } from './text.ts'
