// What the papers claim, in numbers that a run either reaches or does not.

import type { Summary } from './summary.ts'

export interface Claim {
  text: string
  task: string
  /** Labels of the variants it is about. */
  variants: readonly string[]
  /** Given the summaries of {@link variants}, all of which have been trained. */
  holds(...summaries: Summary[]): boolean
}

/** Length that a group is to be followed to: three times the trained one and more. */
const longLength = 128

const best = ({ best: score }: Summary): number => score ?? Number.NaN
const solves = ({ solvedTo }: Summary): boolean => (solvedTo ?? 0) >= longLength

export const claims: readonly Claim[] = [
  ...['deltanet', 'mamba'].map((model) => ({
    text: `parity is solved by ${model} [-1,1] (1.000), and left to chance by ${model} [0,1] (below 0.1)`,
    task: 'parity',
    variants: [`${model} [-1,1]`, `${model} [0,1]`],
    holds: (wide: Summary, narrow: Summary) => best(wide) >= 0.9995 && best(narrow) < 0.1,
  })),
  {
    text: 'modular arithmetic goes better with deltanet [-1,1] than with deltanet [0,1], by 0.2 or more',
    task: 'modular-arithmetic',
    variants: ['deltanet [-1,1]', 'deltanet [0,1]'],
    holds: (wide: Summary, narrow: Summary) => best(wide) - best(narrow) >= 0.2,
  },
  {
    text: `S3 is solved to length ${longLength} by two Householders a token (deltaproduct-2 [-1,1]), not by one (deltanet [-1,1])`,
    task: 'S3',
    variants: ['deltaproduct-2 [-1,1]', 'deltanet [-1,1]'],
    holds: (two: Summary, one: Summary) => solves(two) && !solves(one),
  },
  {
    text: `swaps of S5 are solved to length ${longLength} by one layer of deltanet [-1,1], not of deltanet [0,1]`,
    task: 'S5_only_swaps',
    variants: ['deltanet [-1,1]', 'deltanet [0,1]'],
    holds: (wide: Summary, narrow: Summary) => solves(wide) && !solves(narrow),
  },
]

export interface JudgedClaim {
  text: string
  /** Null where a variant has not been trained. */
  holds: boolean | null
}

/** The claims about the tasks and variants that the summaries are about. */
export function judge(summaries: readonly Summary[]): JudgedClaim[] {
  return claims.flatMap(({ text, task, variants, holds }) => {
    const about = variants.map((variant) =>
      summaries.find((summary) => summary.variant === variant && summary.task === task),
    )
    if (!about.every((summary) => summary !== undefined)) return []
    const trained = about.every((summary) => summary.best !== null)
    return [{ text, holds: trained ? holds(...about) : null }]
  })
}
