// The scan of Mamba-2, structured state space duality. Three forms with equal results.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'
import { checkEigenvalues, type Eigenvalues } from './eigenvalues.ts'
import { type Packed, packedStarts } from './packed.ts'

/**
 * Inputs of the scan of Mamba-2. Per token: dt ← softplus(dt + dtBias); h ← a h + dt x Bᵀ with a = exp(dt A) for
 * eigenvalues "[0,1]" and 2 exp(dt A) − 1 for "[-1,1]"; y = h C + D x. B batch, T tokens, H heads of width P, N states,
 * G groups (H a multiple of G; head h reads B and C of group ⌊h G / H⌋).
 */
export interface SsdInputs extends Packed {
  /** (B, T, H, P) */
  x: Tensor
  /** (B, T, H) */
  dt: Tensor
  /** (H), negative. */
  A: Tensor
  /** (B, T, G, N) */
  B: Tensor
  /** (B, T, G, N) */
  C: Tensor
  /** (H) */
  D?: Tensor | undefined
  /** (H) */
  dtBias?: Tensor | undefined
  /**
   * (B or sequences, H, P, N); zeros if absent. Final states are the transposed view of a contiguous (.., N, P), and
   * such a view is taken without a copy: `Tensor.zeros([B, H, N, P]).transpose(2, 3)` is the state to begin with.
   */
  initialState?: Tensor | undefined
  /** Whether dt passes through softplus, as by default. */
  dtSoftplus?: boolean | undefined
  eigenvalues: Eigenvalues
}

/** What the scan gives, both differentiable. */
export interface SsdOutputs {
  /** (B, T, H, P) */
  y: Tensor
  /** (B or sequences, H, P, N) */
  finalState: Tensor
}

function ssdArguments(inputs: SsdInputs) {
  const { x, dt, A, B, C, D, dtBias, initialState, dtSoftplus = true, cuSeqlens } = inputs
  return [
    x.handle,
    dt.handle,
    A.handle,
    B.handle,
    C.handle,
    D?.handle ?? 0,
    dtBias?.handle ?? 0,
    initialState?.handle ?? 0,
    dtSoftplus,
    checkEigenvalues(inputs.eigenvalues) === '[-1,1]',
    packedStarts(cuSeqlens),
  ] as const
}

const outputs = ([y, finalState]: [number, number]): SsdOutputs => ({
  y: new Tensor(y),
  finalState: new Tensor(finalState),
})

/**
 * The scan of Mamba-2 in chunks, differentiable in every tensor (Dao & Gu 2024; signed decays after Grazzi et al. 2025).
 *
 * @throws RangeError naming the input whose shape or value does not fit, TypeError naming one of the wrong kind.
 */
export const ssd = (inputs: SsdInputs): SsdOutputs => outputs(addon.ssd(...ssdArguments(inputs)))

/** {@link ssd} token by token, without gradients. */
export const ssdRecurrent = (inputs: SsdInputs): SsdOutputs =>
  outputs(addon.ssdRecurrent(...ssdArguments(inputs)))

/** {@link ssd} in place: returns y, and overwrites `initialState`, of any layout, by the state after the last token. */
export const ssdStep = (inputs: SsdInputs & { initialState: Tensor }): Tensor =>
  new Tensor(addon.ssdStep(...ssdArguments(inputs)))
