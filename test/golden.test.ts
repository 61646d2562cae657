// The golden vectors: inputs, cotangents, expected outputs and gradients of the scans, computed elsewhere in float64.
// PARASCAN_GOLDEN names the folder. What a file needs is in its metadata, so vectors and ops may be added to either
// side; vectors of ops that do not exist yet are skipped by name.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../lib/native/load.ts'
import * as ops from '../lib/tensor/ops.ts'
import { parseSafetensors, type SafetensorsFile, toFloat32 } from '../lib/tensor/safetensors.ts'
import { scope } from '../lib/tensor/scope.ts'
import { Tensor } from '../lib/tensor/tensor.ts'
import { relativeError } from './ops/numbers.ts'

/** `metadata.case`: the op, and its options under the names of the op's own. */
interface GoldenCase {
  op: string
  negativeEigenvalues?: boolean
  [option: string]: unknown
}

/** An op seen from here: tensors and options in, tensors by name out. */
type Op = (inputs: Record<string, unknown>) => Record<string, Tensor>

const folder = process.env.PARASCAN_GOLDEN || join(packageRoot, '../shared/golden')
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.safetensors')) : []
const everyOp: Record<string, unknown> = { ...ops }
const gradientTolerance = 2e-5
const negligible = 1e-12 // what a gradient that is 0 may be in float64

/** Rounding adds up along the recurrence. */
const outputTolerance = (tokens: number): number => 2e-6 * Math.max(1, tokens / 64)

function under(file: SafetensorsFile, prefix: string): string[] {
  const names = Array.from(file.tensors.keys()).filter((name) => name.startsWith(prefix))
  return names.map((name) => name.slice(prefix.length)).sort()
}

function numbers(file: SafetensorsFile, name: string): { values: Float32Array; shape: number[] } {
  const stored = file.tensors.get(name)
  if (!stored) throw new Error(`the file holds no ${name}`)
  return { values: toFloat32(stored), shape: stored.shape }
}

function tensor(file: SafetensorsFile, name: string): Tensor {
  const { values, shape } = numbers(file, name)
  return Tensor.from(values, shape)
}

function check(file: SafetensorsFile, golden: GoldenCase, op: Op, gradients: readonly string[]): void {
  const operands = new Map<string, Tensor>()
  for (const name of file.tensors.keys()) if (!name.includes('.')) operands.set(name, tensor(file, name))
  for (const name of gradients) operands.get(name)?.requireGradient()
  const eigenvalues = golden.negativeEigenvalues ? '[-1,1]' : '[0,1]'
  const outputs = op({ ...golden, eigenvalues, ...Object.fromEntries(operands) })

  const tokens = operands.values().next().value?.shape[1] ?? 1 // the first input is (B, T, ..)
  for (const name of under(file, 'out.')) {
    const expected = numbers(file, `out.${name}`)
    expect(outputs[name]?.shape, `shape of ${name}`).toEqual(expected.shape)
    expect(
      relativeError(outputs[name]?.dataSync() ?? [], expected.values),
      `relative RMS error of ${name}`,
    ).toBeLessThanOrEqual(outputTolerance(tokens))
  }

  if (gradients.length === 0) return
  const losses = under(file, 'ct.').map((name) =>
    ops.sum(ops.multiply(outputs[name] as Tensor, tensor(file, `ct.${name}`))),
  )
  losses.reduce((sum, loss) => ops.add(sum, loss)).backward()
  for (const name of gradients) {
    const expected = numbers(file, `grad.${name}`)
    expect(
      relativeError(operands.get(name)?.gradient?.dataSync() ?? [], expected.values, negligible),
      `relative RMS error of the gradient of ${name}`,
    ).toBeLessThanOrEqual(gradientTolerance)
  }
}

describe('golden vectors', () => {
  it.runIf(files.length === 0)(`are not in ${folder}`, ({ skip }) => {
    skip('name their folder in PARASCAN_GOLDEN')
  })

  for (const name of files.sort()) {
    const file = parseSafetensors(readFileSync(join(folder, name)), name)
    const golden = JSON.parse(file.metadata.case ?? '{}') as GoldenCase
    const op = everyOp[golden.op] as Op | undefined
    if (!op) {
      it(`${name} waits for ops.${golden.op}`, ({ skip }) => skip(`ops.${golden.op} does not exist yet`))
      continue
    }
    it(`${name} is met by ${golden.op}, forward and backward`, () => {
      scope(() => check(file, golden, op, under(file, 'grad.')))
    })
    const recurrent = everyOp[`${golden.op}Recurrent`] as Op | undefined
    if (recurrent)
      it(`${name} is met by ${golden.op}Recurrent`, () => {
        scope(() => check(file, golden, recurrent, []))
      })
  }
})
