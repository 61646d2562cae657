// The parameters of a model and the tensors of a file: what fits, and the way from one to the other.

import { cast } from '../tensor/ops/cast.ts'
import {
  type StoredTensor,
  storedBfloat16,
  storedFloat32,
  type TensorDescription,
  toFloat32,
  type WritableTensor,
} from '../tensor/safetensors.ts'
import { scope } from '../tensor/scope.ts'
import { Tensor } from '../tensor/tensor.ts'
import { axisShape, isMatrix, type ParameterSpec, ParameterStore, storedShape } from './parameter.ts'

/** The types in which a model can keep its matrices. */
export const weightTypes = ['float32', 'bfloat16'] as const
export type WeightType = (typeof weightTypes)[number]

/** Which of a file's tensors each parameter is, by the parameter's name, and everything that does not fit. */
export interface Matching {
  found: Map<string, string>
  differences: string[]
}

/** `namesOf` tells what a parameter may be called in the file; what nothing is called is a difference, too. */
export function matchTensors(
  specs: Iterable<ParameterSpec>,
  tensors: ReadonlyMap<string, TensorDescription>,
  namesOf: (spec: ParameterSpec) => readonly string[],
): Matching {
  const found = new Map<string, string>()
  const differences: string[] = []
  for (const spec of specs) {
    const names = namesOf(spec)
    const name = names.find((candidate) => tensors.has(candidate))
    if (name === undefined) {
      differences.push(`"${names[0]}" is missing`)
      continue
    }
    found.set(spec.name, name)
    const { shape, dtype } = tensors.get(name) as TensorDescription
    const expected = storedShape(spec)
    if (shape.join() !== expected.join())
      differences.push(`"${name}" has shape [${shape}], expected [${expected}]`)
    else if (dtype.startsWith('I')) differences.push(`"${name}" holds ${dtype}, expected floats`)
  }
  const expected = new Set(found.values())
  for (const name of tensors.keys()) if (!expected.has(name)) differences.push(`"${name}" is not expected`)
  return { found, differences }
}

/** Reads every parameter, one at a time; matrices are kept as `weights`, all else as float32. */
export async function readParameters(
  specs: readonly ParameterSpec[],
  weights: WeightType,
  read: (spec: ParameterSpec) => Promise<StoredTensor>,
): Promise<ParameterStore> {
  const store = new ParameterStore(specs)
  try {
    for (const spec of specs) {
      const values = toFloat32(await read(spec))
      const type = isMatrix(spec) ? weights : 'float32'
      store.set(
        spec.name,
        scope(() => cast(Tensor.from(values, axisShape(spec)), type)),
      )
    }
  } catch (error) {
    store.dispose()
    throw error
  }
  return store
}

/** Every parameter as it is to be written, in its own type, under the name that `nameOf` gives it. */
export function writableParameters(
  store: ParameterStore,
  nameOf: (spec: ParameterSpec) => string,
): Map<string, WritableTensor> {
  const tensors = new Map<string, WritableTensor>()
  for (const [spec, tensor] of store.entries()) {
    const shape = storedShape(spec)
    const narrow = tensor.dtype === 'bfloat16'
    const stored = narrow ? storedBfloat16 : storedFloat32
    const bytes = async (): Promise<Uint8Array> => stored(await tensor.data(), shape).bytes
    tensors.set(nameOf(spec), { dtype: narrow ? 'BF16' : 'F32', shape, bytes })
  }
  return tensors
}
