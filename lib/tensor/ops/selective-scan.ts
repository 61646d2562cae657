// The selective scan of Mamba. Three forms with equal results: with gradients, for training and prefill; recurrent, token
// by token; and a step that updates its state in place, for decoding.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'
import { checkEigenvalues, type Eigenvalues } from './eigenvalues.ts'
import { type Packed, packedStarts } from './packed.ts'

/**
 * Inputs of the selective scan of Mamba (Gu & Dao 2023): dt ← softplus(dt + dtBias); h ← a h + dt B u, with
 * a = exp(dt A) for eigenvalues "[0,1]" and 2 exp(dt A) − 1 for "[-1,1]"; y = (C·h + D u) silu(z).
 */
export interface SelectiveScanInputs extends Packed {
  /** (B, T, D) */
  u: Tensor
  /** (B, T, D) */
  dt: Tensor
  /** (D, N), negative. */
  A: Tensor
  /** (B, T, N) */
  B: Tensor
  /** (B, T, N) */
  C: Tensor
  /** (D) */
  D?: Tensor | undefined
  /** (B, T, D) */
  z?: Tensor | undefined
  /** (D) */
  dtBias?: Tensor | undefined
  /** (B, D, N), or (S, D, N) for S packed sequences; zeros if absent. */
  initialState?: Tensor | undefined
  /** Whether dt passes through softplus, as by default. */
  dtSoftplus?: boolean
  eigenvalues: Eigenvalues
}

function selectiveScanArguments(inputs: SelectiveScanInputs) {
  const { u, dt, A, B, C, D, z, dtBias, initialState, dtSoftplus = true, cuSeqlens } = inputs
  return [
    u.handle,
    dt.handle,
    A.handle,
    B.handle,
    C.handle,
    D?.handle ?? 0,
    z?.handle ?? 0,
    dtBias?.handle ?? 0,
    initialState?.handle ?? 0,
    dtSoftplus,
    checkEigenvalues(inputs.eigenvalues) === '[-1,1]',
    packedStarts(cuSeqlens),
  ] as const
}

/**
 * The selective scan, differentiable in every tensor: y (B, T, D) and the state (B, D, N) after the last token, or
 * (S, D, N) after those of S packed sequences.
 */
export function selectiveScan(inputs: SelectiveScanInputs): { y: Tensor; finalState: Tensor } {
  const [y, finalState] = addon.selectiveScan(...selectiveScanArguments(inputs))
  return { y: new Tensor(y), finalState: new Tensor(finalState) }
}

/** The same by the plain recurrence, without gradients. */
export function selectiveScanRecurrent(inputs: SelectiveScanInputs): { y: Tensor; finalState: Tensor } {
  const [y, finalState] = addon.selectiveScanRecurrent(...selectiveScanArguments(inputs))
  return { y: new Tensor(y), finalState: new Tensor(finalState) }
}

/** The same, in place: `initialState` is overwritten by the state after the last token. */
export function selectiveScanStep(
  inputs: Omit<SelectiveScanInputs, 'cuSeqlens'> & { initialState: Tensor },
): Tensor {
  return new Tensor(addon.selectiveScanStep(...selectiveScanArguments(inputs)))
}
