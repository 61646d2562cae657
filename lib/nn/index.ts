// What `parascan/nn` offers: layers, models made of them, streaming sessions, the weight-shared supernet, model files.

export {
  type Architecture,
  describeArchitecture,
  type ElasticMixer,
  extremeArchitecture,
  type LayerChoice,
  languageModelConfig,
  type SupernetConfig,
} from './architecture.ts'
export { Block, type BlockConfig } from './block.ts'
export { ChannelMix } from './channel-mix.ts'
export type { FeedForward, FeedForwardConfig } from './feed-forward.ts'
export { type GenerateBatchOptions, type GenerateOptions, generate, generateBatch } from './generation.ts'
export { type ExportOptions, exportModel } from './huggingface/export.ts'
export { LanguageModel, type LanguageModelConfig } from './language-model.ts'
export { Layer, type LayerOptions } from './layer.ts'
export { Mixer, type MixerState, type Pass } from './mixer.ts'
export { Attention, type AttentionConfig } from './mixers/attention.ts'
export { DeltaNet, type DeltaNetConfig } from './mixers/deltanet.ts'
export { DeltaProduct, type DeltaProductConfig } from './mixers/deltaproduct.ts'
export { GatedDeltaNet, type GatedDeltaNetConfig } from './mixers/gated-deltanet.ts'
export { GatedLinearAttention, type GatedLinearAttentionConfig } from './mixers/gla.ts'
export { KimiDeltaAttention, type KimiDeltaAttentionConfig } from './mixers/kda.ts'
export { Mamba, type MambaConfig } from './mixers/mamba.ts'
export { Mamba2, type Mamba2Config } from './mixers/mamba2.ts'
export { MLstm, type MLstmConfig } from './mixers/mlstm.ts'
export { Rwkv7, type Rwkv7Config } from './mixers/rwkv7.ts'
export { createMixer, type MixerConfig, type MixerKind, mixerKinds } from './mixers.ts'
export { Mlp } from './mlp.ts'
export {
  createModel,
  type LoadedModel,
  type LoadModelOptions,
  loadModel,
  loadModelFile,
  type Model,
  type ModelConfig,
  saveModel,
  type WeightType,
} from './model-file.ts'
export { Norm, type NormConfig } from './norm.ts'
export { type ParameterSource, type ParameterSpec, ParameterStore } from './parameter.ts'
export { type SamplingOptions, sample } from './sampling.ts'
export { SequenceClassifier, type SequenceClassifierConfig } from './sequence-classifier.ts'
export { type NetworkState, SequenceNetwork, type SequenceNetworkConfig } from './sequence-network.ts'
export { Session, type SessionOptions } from './session.ts'
export { Supernet } from './supernet.ts'
