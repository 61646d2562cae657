// The error of a machine that lacks something: a counter, a GPU, a library.

/** Thrown where hardware, or leave to use it, is missing; `reason` says which and why. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError'
  readonly code = 'ERR_PARASCAN_UNAVAILABLE'
  readonly reason: string

  constructor(what: string, reason: string) {
    super(`${what} is not available: ${reason}`)
    this.reason = reason
  }
}
