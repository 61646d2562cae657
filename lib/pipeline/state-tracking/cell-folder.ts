// The folder of a run: a file for every cell that was trained, written whole, so that the same command goes on where a
// call ended, however it ended.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { makeFolder, writeWhole } from '../run-folder.ts'
import { type CellResult, cellName } from './cells.ts'
import type { StateTrackingRecipe } from './recipes.ts'

export class CellFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  get document(): string {
    return join(this.path, 'state-tracking.json')
  }
  get page(): string {
    return join(this.path, 'state-tracking.html')
  }
  chart(task: string): string {
    return join(this.path, `${task}.svg`)
  }
  get #cells(): string {
    return join(this.path, 'cells')
  }

  /** @throws Error with code ERR_PARASCAN_OUTPUT if the folder cannot be made or written to */
  static async open(path: string): Promise<CellFolder> {
    await makeFolder(path, 'cells')
    return new CellFolder(path)
  }

  async add(result: CellResult): Promise<void> {
    await writeWhole(join(this.#cells, `${cellName(result.cell)}.json`), `${JSON.stringify(result)}\n`)
  }

  /**
   * What earlier calls trained; what failed is left out, to be tried again.
   *
   * @param recipeOf the recipe of a task
   * @throws Error with code ERR_PARASCAN_RUN_MISMATCH if a cell was trained by another recipe
   */
  async results(recipeOf: (task: string) => StateTrackingRecipe): Promise<CellResult[]> {
    const results: CellResult[] = []
    for (const name of (await readdir(this.#cells)).filter((file) => file.endsWith('.json')).sort()) {
      const result = JSON.parse(await readFile(join(this.#cells, name), 'utf8')) as CellResult
      if (result.status === 'failed') continue
      if (!isDeepStrictEqual(result.recipe, recipeOf(result.cell.task)))
        throw Object.assign(
          new Error(
            `${join(this.#cells, name)} was trained by another recipe, of --paper or of another version; choose another --out`,
          ),
          { code: 'ERR_PARASCAN_RUN_MISMATCH' },
        )
      results.push(result)
    }
    return results
  }
}
