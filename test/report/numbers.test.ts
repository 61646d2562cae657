/** Units, axes, staircases and labels: the arithmetic behind the pictures. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisFraction, axisRange, logAxis } from '../../lib/report/axis.ts'
import { placeLabels } from '../../lib/report/label-placement.ts'
import { thinCurve } from '../../lib/report/loss-chart.ts'
import { attainedStaircase, nonDominated } from '../../lib/report/staircase.ts'
import {
  columnDecimals,
  formatDuration,
  formatNumber,
  formatQuantity,
  friendlyUnit,
} from '../../lib/report/units.ts'

describe('units', () => {
  it.each([
    [0.00123, 's', '1.23 ms'],
    [7.62e-6, 's/token', '7.62 µs/token'],
    [1_854_321, 'B', '1.85 MB'],
    [117e9, 'FLOP/s', '117 GFLOP/s'],
    [1_230_000, 'parameters', '1.23 M parameters'],
    [0.25, 'J', '250 mJ'],
    [0.5, 'B', '0.500 B'],
    [0.83, 'nat', '0.830 nat'],
    [12, '', '12'],
    [0, 's', '0 s'],
    [2.04e-4, '', '2.04×10⁻⁴'],
    [-1.5e12, '', '−1.50×10¹²'],
    [Number.NaN, 's', '–'],
  ])('%s %s reads %s', (value, unit, text) => {
    expect(formatQuantity(value, unit).replaceAll('\u00a0', ' ')).toBe(text)
  })

  it.each([
    [45, '45 s'],
    [121.4, '2 min 1 s'],
    [120, '2 min'],
    [3840, '1 h 4 min'],
    [0.25, '250 ms'],
  ])('%s seconds last %s', (seconds, text) => {
    expect(formatDuration(seconds).replaceAll('\u00a0', ' ')).toBe(text)
  })

  it('a column takes the unit of its middle value', () => {
    expect(friendlyUnit([1e-6, 2e-3, 5e-3], 's')).toEqual({ factor: 1e3, label: 'ms' })
  })

  it('decimals tell the values of a column apart', () => {
    expect(columnDecimals([1.234, 1.236])).toBe(4)
    expect(columnDecimals([100, 250])).toBe(0)
    expect(columnDecimals([Number.NaN])).toBe(0)
  })

  it('a negative number has a true minus sign', () => {
    expect(formatNumber(-0.5, 2)).toBe('−0.50')
  })
})

describe('axes', () => {
  it('one decade makes an axis logarithmic', () => {
    expect(axisRange([1, 9]).type).toBe('linear')
    expect(axisRange([1, 10]).type).toBe('log')
    expect(axisRange([0, 100]).type).toBe('linear')
  })

  it('no values and equal values still give an axis with a length', () => {
    for (const values of [[], [Number.NaN], [0], [3, 3], [-2]]) {
      const { domain } = axisRange(values)
      expect(domain[1]).toBeGreaterThan(domain[0])
    }
  })

  it('a logarithmic axis is ticked at round numbers inside its domain', () => {
    expect(logAxis(7, 230).ticks).toEqual([10, 20, 50, 100, 200])
    expect(logAxis(0.02, 5000).ticks).toEqual([0.1, 1, 10, 100, 1000])
  })

  it('every value has its place between the ends', () => {
    const positive = fc.double({ min: 1e-9, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(fc.array(positive, { minLength: 1 }), (values) => {
        const axis = axisRange(values)
        return values.every((value) => axisFraction(axis, value) > 0 && axisFraction(axis, value) < 1)
      }),
    )
  })
})

describe('the attained staircase', () => {
  const plane = {
    x: { direction: 'minimize', domain: [0, 10] },
    y: { direction: 'minimize', domain: [0, 10] },
  } as const

  it('steps over the points no other dominates and runs to the far edges', () => {
    const points = [
      { x: 4, y: 2 },
      { x: 1, y: 5 },
      { x: 5, y: 5 },
      { x: Number.NaN, y: 0 },
    ]
    expect(attainedStaircase(points, plane)).toEqual([
      { x: 1, y: 10 },
      { x: 1, y: 5 },
      { x: 4, y: 5 },
      { x: 4, y: 2 },
      { x: 10, y: 2 },
    ])
  })

  it('turns round where more is better', () => {
    const upward = { ...plane, y: { direction: 'maximize', domain: [0, 10] } } as const
    expect(attainedStaircase([{ x: 2, y: 3 }], upward)).toEqual([
      { x: 2, y: 0 },
      { x: 2, y: 3 },
      { x: 10, y: 3 },
    ])
  })

  it('keeps exactly the points that the definition keeps', () => {
    const place = fc.record({ x: fc.nat(9), y: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(place), (points) => {
        const dominated = (a: { x: number; y: number }) =>
          points.some(({ x, y }) => x <= a.x && y <= a.y && (x < a.x || y < a.y))
        const expected = new Set(points.filter((p) => !dominated(p)).map(({ x, y }) => `${x},${y}`))
        const kept = nonDominated(points, plane).map(({ x, y }) => `${x},${y}`)
        expect(new Set(kept)).toEqual(expected)
        expect(kept.length).toBe(expected.size)
      }),
    )
  })

  it('is nothing without points', () => {
    expect(attainedStaircase([], plane)).toEqual([])
  })
})

describe('labels', () => {
  it('are left out where they would lie on each other', () => {
    const label = { dx: -9, dy: 10 }
    const places = [
      { across: 0.5, up: 0.5, ...label },
      { across: 0.505, up: 0.5, ...label },
      { across: 0.8, up: 0.5, ...label },
    ]
    expect(placeLabels(places, { width: 900, height: 400 })).toEqual([true, false, true])
  })
})

describe('thinning a curve', () => {
  const points = Array.from({ length: 1000 }, (_, step) => ({ step, loss: step % 2 }))

  it('keeps both ends and the mean', () => {
    const thinned = thinCurve(points, 100)
    expect(thinned.length).toBe(100)
    expect(thinned[0]).toEqual(points[0])
    expect(thinned.at(-1)?.step).toBe(999)
    const mean = thinned.reduce((sum, { loss }) => sum + loss, 0) / thinned.length
    expect(mean).toBeCloseTo(0.5, 1)
  })

  it('leaves a short curve alone but for what is not finite', () => {
    expect(thinCurve([{ step: 0, loss: Number.NaN }, ...points.slice(1, 4)], 100)).toEqual(points.slice(1, 4))
  })
})
