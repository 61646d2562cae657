// mLSTM (Beck et al. 2024): a matrix memory with an exponential input gate and a normaliser, in the block of the
// xLSTM paper: a map up to two branches, of which one is mixed and the other gates it. Weights are named as there.
//
//   C hidden, D = H·K inner channels, H heads of width K, W taps, J channels a block of the maps to q, k and v

import * as ops from '../../tensor/ops.ts'
import { Tensor } from '../../tensor/tensor.ts'
import type { LayerOptions } from '../layer.ts'
import { axis, constant, LayerParameters, one, spaced } from '../layer-parameters.ts'
import { checkCounts, linearFlops, Mixer, type MixerState, type Pass } from '../mixer.ts'
import { linearInitialiser, type ParameterSpec } from '../parameter.ts'
import { shortConvolution } from '../short-convolution.ts'

export interface MLstmConfig {
  kind: 'mlstm'
  /** Heads; heads · headDim is usually twice the hidden width. */
  heads: number
  /** Width of queries, keys and values. */
  headDim: number
  /** Channels that the maps to queries, keys and values mix, 4 in published models. */
  block: number
  /** Taps of the short convolution. */
  convolution: number
}

export class MLstm extends Mixer {
  readonly config: MLstmConfig & { hidden: number }
  readonly specs: readonly ParameterSpec[]
  readonly #spec: ReturnType<typeof mlstmSpecs>

  constructor(config: Omit<MLstmConfig, 'kind'> & { hidden: number }, options: LayerOptions = {}) {
    super(options)
    const { hidden, heads, headDim, block, convolution } = config
    checkCounts({ hidden, heads, headDim, block, convolution })
    if ((heads * headDim) % block !== 0)
      throw new RangeError(`\`block\` must divide the ${heads * headDim} inner channels, got ${block}`)
    this.config = { ...config, kind: 'mlstm' }
    this.#spec = mlstmSpecs(this.config, (local) => this.named(local))
    this.specs = Object.values(this.#spec)
  }

  protected mix(x: Tensor, state: MixerState | undefined, pass: Pass): Tensor {
    const { heads, headDim } = this.config
    const spec = this.#spec
    const [batch = 0, tokens = 0] = x.shape
    const inner = heads * headDim
    const both = this.linear(x, spec.projUp)
    const u = both.narrow(-1, 0, inner)
    const z = both.narrow(-1, inner, inner)
    const convolved = shortConvolution(
      u,
      { weight: this.weight(spec.conv), bias: this.weight(spec.convBias).reshape([-1]) },
      state?.convolution,
      pass,
    )
    const q = this.#blockwise(convolved, spec.qProj)
    const k = this.#blockwise(convolved, spec.kProj)
    const v = this.#blockwise(u, spec.vProj)
    const all = ops.concat([q, k, v], 2)
    const gate = (weight: ParameterSpec, bias: ParameterSpec): Tensor => this.linear(all, weight, bias)
    const perHead = [batch, tokens, heads, headDim]
    const h = scanned(
      {
        q: q.reshape(perHead),
        k: k.reshape(perHead),
        v: v.reshape(perHead),
        i: gate(spec.inputGate, spec.inputBias),
        f: gate(spec.forgetGate, spec.forgetBias),
        eps: 1e-6,
        cuSeqlens: pass.cuSeqlens,
      },
      state,
    )
    const normalised = ops.layerNorm(h, { weight: this.weight(spec.norm) }).reshape([batch, tokens, inner])
    const skipped = ops.add(normalised, ops.multiply(convolved, this.weight(spec.skip).reshape([-1])))
    return this.linear(ops.multiply(skipped, ops.silu(z)), spec.projDown)
  }

  createState(batch: number): MixerState {
    const { heads, headDim, convolution } = this.config
    return {
      memory: Tensor.zeros([batch, heads, headDim, headDim + 1]),
      stabiliser: Tensor.zeros([batch, heads]),
      convolution: Tensor.zeros([batch, convolution - 1, heads * headDim]),
    }
  }

  flopsPerToken(): number {
    const { hidden, heads, headDim, block, convolution } = this.config
    const inner = heads * headDim
    const maps =
      linearFlops(hidden, 2 * inner) +
      3 * linearFlops(block, inner) +
      linearFlops(3 * inner, 2 * heads) +
      linearFlops(inner, hidden)
    // Per element of the memory and its normaliser: the decay, the outer product and its sum, and the readout as two.
    return maps + 2 * convolution * inner + 5 * heads * headDim * (headDim + 1)
  }

  /** x (B, T, D) times a block-diagonal matrix. */
  #blockwise(x: Tensor, spec: ParameterSpec): Tensor {
    const { block } = this.config
    const [batch = 0, tokens = 0, inner = 0] = x.shape
    const rows = x.reshape([batch * tokens, inner / block, block]).transpose(0, 1)
    const y = ops.matmul(rows, this.weight(spec), { transposeB: true })
    return y.transpose(0, 1).reshape([batch, tokens, inner])
  }
}

/** As `scanFrom` of the other mixers, with a state of two tensors. */
function scanned(inputs: Omit<ops.MlstmInputs, 'initialState'>, state: MixerState | undefined): Tensor {
  if (!state) return ops.mlstm(inputs).h
  const initialState = { memory: state.memory as Tensor, m: state.stabiliser as Tensor }
  if (inputs.q.shape[1] === 1) return ops.mlstmStep({ ...inputs, initialState })
  const { h, finalState } = ops.mlstm({ ...inputs, initialState })
  ops.copy(finalState.memory, initialState.memory)
  ops.copy(finalState.m, initialState.m)
  return h
}

function mlstmSpecs(config: MLstmConfig & { hidden: number }, named: (local: string) => string) {
  const C = axis('hidden', config.hidden)
  const H = axis('heads', config.heads)
  const K = axis('headDim', config.headDim)
  const W = axis('taps', config.convolution)
  const blocks = axis('blocks', (config.heads * config.headDim) / config.block)
  const J = axis('block', config.block)
  const halves = axis('halves', 2)
  const branches = axis('branches', 3)
  const layer = new LayerParameters(named)
  const gateWeight = (local: string): ParameterSpec => ({
    ...layer.matrix(local, [[H], [branches, H, K]]),
    initialiser: constant(0),
  })
  return {
    projUp: layer.matrix('proj_up.weight', [[halves, H, K], [C]]),
    qProj: layer.matrix('q_proj.weight', [[blocks], [J], [J]]),
    kProj: layer.matrix('k_proj.weight', [[blocks], [J], [J]]),
    vProj: layer.matrix('v_proj.weight', [[blocks], [J], [J]]),
    conv: layer.matrix('conv1d.conv.weight', [[H, K], [one], [W]]),
    convBias: layer.undecayed('conv1d.conv.bias', [[H, K]], linearInitialiser(config.convolution)),
    inputGate: gateWeight('mlstm_cell.igate.weight'),
    inputBias: layer.undecayed('mlstm_cell.igate.bias', [[H]], { kind: 'normal', deviation: 0.1 }),
    forgetGate: gateWeight('mlstm_cell.fgate.weight'),
    forgetBias: layer.undecayed('mlstm_cell.fgate.bias', [[H]], spaced(3, 6)),
    norm: layer.undecayed('mlstm_cell.outnorm.weight', [[H, K]], constant(1)),
    skip: layer.undecayed('learnable_skip', [[H, K]], constant(1)),
    projDown: layer.matrix('proj_down.weight', [[C], [H, K]]),
  }
}
