// The eigenvalue range is never lost on the way: it changes the outputs of every path, and a wrong one is refused.

import { describe, expect, test } from 'vitest'
import { createMixer, type MixerConfig } from '../../lib/nn/mixers.ts'
import { scope } from '../../lib/tensor/scope.ts'
import { Tensor, withoutGradients } from '../../lib/tensor/tensor.ts'
import { mixerCases } from './mixers.ts'

const hidden = 16
const ranged = mixerCases.filter(([, config]) => 'eigenvalues' in config && config.eigenvalues === '[-1,1]')

/** Outputs of a mixer with the same weights, in training form and by steps. */
function outputs(config: MixerConfig): { whole: Float32Array; last: Float32Array } {
  return withoutGradients(() => {
    const mixer = createMixer(config, hidden, { seed: 1 })
    const [whole, last] = scope(() => {
      const x = Tensor.normal([1, 20, hidden], { seed: 3 })
      const state = mixer.createState(1, 20)
      let y = x
      for (let t = 0; t < 20; t++) y = mixer.forward(x.narrow(1, t, 1), state)
      return [mixer.forward(x).dataSync(), y.dataSync()]
    })
    mixer.parameters.dispose()
    return { whole: whole as Float32Array, last: last as Float32Array }
  })
}

test.each(ranged)('%s differs from [0,1] in the training form and in the steps', (_, config) => {
  const wide = outputs(config)
  const narrow = outputs({ ...config, eigenvalues: '[0,1]' } as MixerConfig)
  const largest = (values: Float32Array): number => Math.max(...values.map(Math.abs))
  const difference = (a: Float32Array, b: Float32Array): number =>
    largest(a.map((x, i) => x - (b[i] ?? 0))) / largest(a)
  expect(difference(wide.whole, narrow.whole)).toBeGreaterThan(1e-4)
  expect(difference(wide.last, narrow.last)).toBeGreaterThan(1e-4)
})

describe.each(ranged)('%s', (_, config) => {
  test.each(['[1,-1]', '', undefined])('refuses the range %s', (eigenvalues) => {
    expect(() => createMixer({ ...config, eigenvalues } as MixerConfig, hidden)).toThrow(
      '`eigenvalues` must be "[0,1]" or "[-1,1]"',
    )
  })
})
