// What `parascan/data` offers: texts as bytes, and tasks.

export { type Batch, type BatchSource, countedTargets, type Dataset, ignored } from './batch.ts'
export type { DocumentFormat } from './documents.ts'
export { type HuggingFaceTokenizer, loadTokenizer } from './huggingface-tokenizer.ts'
export { tokenizerFromNotes, tokenizerNotes } from './model-tokenizer.ts'
export { splitBatch } from './split-batch.ts'
export { type TaskBatchesOptions, taskBatches, testBatches } from './tasks/batches.ts'
export { findTask, taskFamilies } from './tasks/families.ts'
export { type FileTask, type ReadTaskOptions, readTask, type TaskVocabulary } from './tasks/file.ts'
export { stringsOf } from './tasks/strings.ts'
export type { CheckedTask, StringsOptions, Task, TaskFamily, TaskMetric } from './tasks/task.ts'
export { readText, type TextDataset, type TextOptions, textDataset } from './text.ts'
export {
  byteTokenizer,
  byteVocabulary,
  documentBytes,
  type TextStream,
  type TextStreamState,
  type Tokenizer,
} from './tokenizer.ts'
