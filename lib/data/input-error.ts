// Files that users bring and that will not do.

/** An error with the code of wrong input; the text names the file. */
export function inputError(text: string): Error {
  return Object.assign(new Error(text), { code: 'ERR_PARASCAN_INPUT' })
}
