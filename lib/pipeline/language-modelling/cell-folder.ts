// The folder of a comparison: a file for every cell that was trained and a checkpoint of every other one that was begun, so
// that the same command goes on where a call ended, however it ended.

import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { makeFolder, writeWhole } from '../run-folder.ts'
import { cellName, type LanguageCell, type LanguageCellResult } from './cells.ts'
import type { LanguageRecipe } from './recipe.ts'

export class LanguageFolder {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  get document(): string {
    return join(this.path, 'language-modelling.json')
  }
  get page(): string {
    return join(this.path, 'language-modelling.html')
  }
  get chart(): string {
    return join(this.path, 'language-modelling.svg')
  }
  checkpoint(cell: LanguageCell): string {
    return join(this.path, 'cells', `${cellName(cell)}.safetensors`)
  }

  /** @throws Error with code ERR_PARASCAN_OUTPUT if the folder cannot be made or written to */
  static async open(path: string): Promise<LanguageFolder> {
    await makeFolder(path, 'cells')
    return new LanguageFolder(path)
  }

  /** Keeps a result in place of the checkpoint. */
  async add(result: LanguageCellResult): Promise<void> {
    const file = join(this.path, 'cells', `${cellName(result.cell)}.json`)
    await writeWhole(file, `${JSON.stringify(result)}\n`)
    await rm(this.checkpoint(result.cell), { force: true })
  }

  /**
   * What earlier calls trained.
   *
   * @throws Error with code ERR_PARASCAN_RUN_MISMATCH if a cell was trained on another text or by another recipe
   */
  async results(
    sha256: string,
    recipeOf: (cell: LanguageCell) => LanguageRecipe,
  ): Promise<LanguageCellResult[]> {
    const results: LanguageCellResult[] = []
    for (const name of (await readdir(join(this.path, 'cells'))).sort()) {
      if (!name.endsWith('.json')) continue
      const file = join(this.path, 'cells', name)
      const result = JSON.parse(await readFile(file, 'utf8')) as LanguageCellResult
      const difference = differenceOf(result, sha256, recipeOf(result.cell))
      if (difference)
        throw Object.assign(new Error(`${file} was trained ${difference}; choose another --out`), {
          code: 'ERR_PARASCAN_RUN_MISMATCH',
        })
      results.push(result)
    }
    return results
  }
}

function differenceOf(
  result: LanguageCellResult,
  sha256: string,
  recipe: LanguageRecipe,
): string | undefined {
  if (result.sha256 !== sha256) return 'on another text'
  if (result.recipe.steps !== recipe.steps) return `for ${result.recipe.steps} steps, not ${recipe.steps}`
  return isDeepStrictEqual(result.recipe, recipe) ? undefined : 'by the recipe of another version'
}
