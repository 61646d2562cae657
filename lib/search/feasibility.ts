// Dominance under constraints (Deb 2000, "An efficient constraint handling method for genetic algorithms"): what meets
// them comes first, by Pareto dominance; what breaks them follows, by how much. Needs no weight for a penalty.

import { nonDominatedSort } from './pareto.ts'

/** What is compared: costs to minimise, and constraints that are met where they are at most 0. */
export interface Worth {
  readonly costs: readonly number[]
  readonly constraints?: readonly number[]
}

/** By how much constraints are broken, summed over them; 0 where all are met. */
export function violation({ constraints = [] }: Worth): number {
  return constraints.reduce((sum, value) => sum + Math.max(value, 0), 0)
}

/**
 * The rank of every point: those that meet all constraints by non-dominated sorting, then those that break some, the
 * least broken first. Points that break constraints equally share a rank.
 */
export function feasibleFirstSort(points: readonly Worth[]): number[] {
  const violations = points.map(violation)
  const feasible = points.filter((_, i) => violations[i] === 0)
  const ranks = nonDominatedSort(feasible.map(({ costs }) => costs))
  const fronts = ranks.reduce((most, rank) => Math.max(most, rank + 1), 0)
  const broken = [...new Set(violations.filter((value) => value > 0))].sort((a, b) => a - b)
  const places = new Map(broken.map((value, i) => [value, fronts + i]))
  const feasibleRanks = ranks.values()
  return violations.map((value) => places.get(value) ?? (feasibleRanks.next().value as number))
}

/** The points that meet all constraints and that no other such point dominates. */
export function feasibleFront<Point extends Worth>(points: readonly Point[]): Point[] {
  const feasible = points.filter((point) => violation(point) === 0)
  const ranks = nonDominatedSort(feasible.map(({ costs }) => costs))
  return feasible.filter((_, i) => ranks[i] === 0)
}
