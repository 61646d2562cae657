// What the scans with a matrix state share: options, and the three forms over one native op.

import type { MatrixScanArguments } from '../../native/addon.ts'
import { addon } from '../../native/load.ts'
import type { Transition } from '../../native/reference.ts'
import { Tensor } from '../tensor.ts'
import { type Packed, packedStarts } from './packed.ts'

/** The decay of a scan's state before each token, as a logarithm or as it is. */
export interface Decayed {
  /** Natural logarithm of the decay: (B, T, HV) per head, (HV) the same at all tokens, or (B, T, HV, K) per channel. */
  g?: Tensor | undefined
  /** The decay itself, of shapes as `g`: from −1 to 1, 0 to forget everything. At most one of the two is given. */
  decay?: Tensor | undefined
}

/** Options that every scan with a matrix state has. */
export interface StateOptions extends Packed {
  /** (B or N, HV, K, V); zeros if absent. */
  initialState?: Tensor | undefined
  /** Of the readout; K^-½ by default. */
  scale?: number | undefined
}

/** What a scan gives: the readout of every token, and the state after the last one, both differentiable. */
export interface ScanOutputs {
  /** (B, T, HV, V) */
  o: Tensor
  /** (B or N, HV, K, V) */
  finalState: Tensor
}

/** The inputs of the native op. */
export interface MatrixScan extends StateOptions, Decayed {
  transition: Transition
  q: Tensor
  k: Tensor
  v: Tensor
  beta?: Tensor | undefined
  a?: Tensor | undefined
  b?: Tensor | undefined
  normalizeQk?: boolean | undefined
  betaSigmoid?: 1 | 2 | undefined
  householders?: number | undefined
}

function argumentsOf(scan: MatrixScan): MatrixScanArguments {
  const { q, g, decay, scale, householders = 1, betaSigmoid } = scan
  if (g && decay)
    throw new TypeError('`g` and `decay` must not both be given: one is the logarithm of the other')
  if (!Number.isInteger(householders) || householders < 1)
    throw new RangeError(`\`householders\` must be a whole number from 1, got ${householders}`)
  if (betaSigmoid !== undefined && betaSigmoid !== 1 && betaSigmoid !== 2)
    throw new RangeError(`\`betaSigmoid\` must be 1 or 2, got ${betaSigmoid}`)
  if (scale !== undefined && !Number.isFinite(scale))
    throw new RangeError(`\`scale\` must be a finite number, got ${scale}`)
  return [
    scan.transition,
    q.handle,
    scan.k.handle,
    scan.v.handle,
    scan.beta?.handle ?? 0,
    (g ?? decay)?.handle ?? 0,
    scan.a?.handle ?? 0,
    scan.b?.handle ?? 0,
    scan.initialState?.handle ?? 0,
    !decay,
    scan.normalizeQk ?? false,
    betaSigmoid ?? 0,
    scale ?? (q.shape[3] ?? 1) ** -0.5,
    householders,
    packedStarts(scan.cuSeqlens),
  ]
}

const outputs = ([o, finalState]: [number, number]): ScanOutputs => ({
  o: new Tensor(o),
  finalState: new Tensor(finalState),
})

/** In chunks, recorded for gradients. */
export const matrixScan = (scan: MatrixScan): ScanOutputs => outputs(addon.matrixScan(...argumentsOf(scan)))

/** Token by token, without gradients. */
export const matrixScanRecurrent = (scan: MatrixScan): ScanOutputs =>
  outputs(addon.matrixScanRecurrent(...argumentsOf(scan)))

/** Token by token, without gradients; `initialState`, a contiguous tensor, is overwritten by the final state. */
export const matrixScanStep = (scan: MatrixScan): Tensor =>
  new Tensor(addon.matrixScanStep(...argumentsOf(scan)))
