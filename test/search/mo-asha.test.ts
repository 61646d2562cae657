import { describe, expect, it } from 'vitest'
import { moAsha } from '../../lib/search/index.ts'
import { defineSpace, integer } from '../../lib/space/index.ts'
import { Random } from '../../lib/tensor/random.ts'

const space = defineSpace({ x: integer({ low: 0, high: 999 }) })
const start = () =>
  moAsha({ full: 27, grace: 1, reduction: 3 }).start({ space, objectives: 2, random: new Random(1) })

describe('MO-ASHA', () => {
  it('lets at every rung a third go on of what came so far', () => {
    const searcher = start()
    const decide = (x: number, fidelity: number, cost: number) =>
      searcher.report?.({ configuration: { x }, fidelity, costs: [cost, cost] })
    expect(decide(0, 1, 5)).toBe('continue') // there is nothing to compare it with
    expect(decide(1, 1, 6)).toBe('stop')
    expect(decide(2, 1, 4)).toBe('continue')
    expect(decide(3, 1, 4.5)).toBe('continue') // the second of four
    expect(decide(4, 1, 4.7)).toBe('stop') // the third of five
    expect(decide(2, 3, 9)).toBe('continue') // the first at the next rung
    expect(decide(0, 3, 9.5)).toBe('stop')
  })

  it('compares at rungs only, once each, and never at the full fidelity', () => {
    const searcher = start()
    const decide = (x: number, fidelity: number, cost: number) =>
      searcher.report?.({ configuration: { x }, fidelity, costs: [cost, cost] })
    decide(0, 1, 1)
    expect(decide(0, 2, 99)).toBe('continue')
    expect(decide(1, 0.5, 99)).toBe('continue')
    decide(0, 9, 1)
    expect(decide(0, 27, 99)).toBe('continue')
  })

  it('keeps the ends of a front, not only its middle', () => {
    const searcher = start()
    const points = [
      [0, 10],
      [10, 0],
      [9, 9],
      [9.5, 9.5],
      [9.2, 9.2],
      [5, 5],
    ]
    const decisions = points.map((costs, x) =>
      searcher.report?.({ configuration: { x }, fidelity: 1, costs }),
    )
    expect(decisions).toEqual(['continue', 'stop', 'stop', 'stop', 'stop', 'stop'])
    // Two of six go on, and the ends come first in the order.
    expect(searcher.report?.({ configuration: { x: 6 }, fidelity: 1, costs: [11, -1] })).toBe('continue')
  })

  it('puts what breaks constraints behind', () => {
    const searcher = start()
    searcher.report?.({ configuration: { x: 0 }, fidelity: 1, costs: [5, 5], constraints: [0] })
    expect(searcher.report?.({ configuration: { x: 1 }, fidelity: 1, costs: [1, 1], constraints: [1] })).toBe(
      'stop',
    )
  })
})
