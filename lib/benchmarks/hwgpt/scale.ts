// The three scales of HW-GPT-Bench (Sukthanker et al. 2024) and the devices that were measured.

export const hwGptScales = ['s', 'm', 'l'] as const
export type HwGptScale = (typeof hwGptScales)[number]

export const hwGptDevices = [
  'a100',
  'a40',
  'h100',
  'rtx2080',
  'rtx3080',
  'a6000',
  'v100',
  'P100',
  'cpu_xeon_silver',
  'cpu_xeon_gold',
  'cpu_amd_7502',
  'cpu_amd_7513',
  'cpu_amd_7452',
] as const
export type HwGptDevice = (typeof hwGptDevices)[number]

export interface ScaleFacts {
  /** Width of the residual stream. */
  readonly embedDim: readonly number[]
  readonly layers: readonly number[]
  /** Of every layer, on its own; heads are 64 wide whatever `embedDim` is. */
  readonly heads: readonly number[]
  /** Width of the MLP over `embedDim`, of every layer. */
  readonly mlpRatio: readonly number[]
  /** Sequences of 1024 tokens in the timed forward pass. */
  readonly batch: number
}

const mlpRatio = [2, 3, 4]

export const scaleFacts: Readonly<Record<HwGptScale, ScaleFacts>> = {
  s: { embedDim: [192, 384, 768], layers: [10, 11, 12], heads: [4, 8, 12], mlpRatio, batch: 8 },
  m: { embedDim: [256, 512, 1024], layers: [22, 23, 24], heads: [8, 12, 16], mlpRatio, batch: 4 },
  l: { embedDim: [320, 640, 1280], layers: [34, 35, 36], heads: [8, 16, 20], mlpRatio, batch: 1 },
}

/** Of the deepest network of a scale. */
export const mostLayers = (scale: HwGptScale): number => Math.max(...scaleFacts[scale].layers)
