// The error of a study that cannot be opened or gone on with.

export type StudyErrorCode =
  | 'ERR_PARASCAN_STUDY_CORRUPT'
  | 'ERR_PARASCAN_STUDY_LOCKED'
  | 'ERR_PARASCAN_STUDY_MISMATCH'
  | 'ERR_PARASCAN_STUDY_CLOSED'

/** Thrown where the stored study is damaged, in use, another one than asked for, or closed; `code` says which. */
export class StudyError extends Error {
  override readonly name = 'StudyError'
  readonly code: StudyErrorCode

  constructor(code: StudyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
