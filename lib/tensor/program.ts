// Captured programs: the ops of one call recorded once and replayed on the same memory, with one native call a replay.

import { addon } from '../native/load.ts'
import { openScope, unscoped } from './scope.ts'
import { type Tensor, withoutGradients } from './tensor.ts'

/** A replayable sequence of ops over fixed tensors. Holds their memory until disposed of. */
export class Program<Output extends Tensor = Tensor> implements Disposable {
  readonly #program: number
  /** What the captured function returned; each replay overwrites it. */
  readonly output: Output

  private constructor(program: number, output: Output) {
    this.#program = program
    this.output = output
  }

  /**
   * Records the ops that `body` calls, without running them. Tensors from outside are read and written where they are;
   * those made inside live in memory of the program's own. `body` must not read tensor data.
   */
  static capture<Output extends Tensor>(body: () => Output): Program<Output> {
    addon.beginCapture()
    let output: Output
    try {
      output = unscoped(() => {
        using inside = openScope()
        return inside.keep(withoutGradients(body))
      })
    } catch (error) {
      addon.disposeProgram(addon.endCapture())
      throw error
    }
    return new Program(addon.endCapture(), output)
  }

  /** Bytes of memory of the program's own: what a replay needs beyond the tensors from outside. */
  get bytes(): number {
    return addon.programBytes(this.#program)
  }

  /** Queues one replay. */
  run(): void {
    addon.runProgram(this.#program)
  }

  /** Writes int32 `ids` into `input`, replays, and resolves to the elements of the output: one native call. */
  step(input: Tensor, ids: Int32Array): Promise<Float32Array> {
    return addon.stepProgram(this.#program, input.handle, ids, this.output.handle)
  }

  /**
   * Times replays on the device's thread, in seconds each: up to `repeats` after `warmup`, ending early once `seconds`
   * have passed. With a `turn` the thread stays on one core meanwhile, another one for the next turn.
   */
  time(options: { warmup: number; repeats: number; seconds: number; turn?: number }): Promise<Float64Array> {
    const { warmup, repeats, seconds, turn = -1 } = options
    return addon.timeProgram(this.#program, warmup, repeats, seconds, turn)
  }

  dispose(): void {
    this.output.dispose()
    addon.disposeProgram(this.#program)
  }

  [Symbol.dispose](): void {
    this.dispose()
  }
}
