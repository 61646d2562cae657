// Shapes that several scans are timed at.
//
//   B sequences, T tokens, H heads, d key and value dim

export interface ScanSize {
  B: number
  T: number
  H: number
  d: number
}

export const sizeText = ({ B, T, H, d }: ScanSize): string => `B${B} T${T} H${H} d${d}`

/**
 * The six shapes of flash-linear-attention's own benchmark. It times them on accelerators; where one would take a
 * processor many seconds and gigabytes, sequences or heads are left out (in brackets: what it has), which changes
 * neither the work of a head nor the length of its recurrence.
 */
export const referenceSizes: readonly ScanSize[] = [
  { B: 1, T: 8192, H: 6, d: 128 }, // (H 96)
  { B: 1, T: 16_384, H: 4, d: 128 }, // (B 2, H 16)
  { B: 1, T: 2048, H: 16, d: 128 }, // (B 4)
  { B: 1, T: 4096, H: 16, d: 128 }, // (B 4, H 64)
  { B: 2, T: 1024, H: 8, d: 64 }, // (B 8)
  { B: 1, T: 2048, H: 8, d: 256 }, // (B 8, H 32)
]
