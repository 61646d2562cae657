// Learning-rate schedules: a rate for every step.

export interface CosineOptions {
  /** Rate after warm-up. */
  peak: number
  steps: number
  /** Steps of linear warm-up. */
  warmup: number
  /** Rate at the last step, as a share of the peak. */
  final?: number
}

/** Linear warm-up, then half a cosine down to `final` (Loshchilov & Hutter 2017). */
export function cosineSchedule({
  peak,
  steps,
  warmup,
  final = 0.1,
}: CosineOptions): (step: number) => number {
  return (step) => {
    if (step < warmup) return (peak * (step + 1)) / warmup
    const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup))
    return peak * (final + ((1 - final) * (1 + Math.cos(Math.PI * progress))) / 2)
  }
}
