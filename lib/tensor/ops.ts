// Every op, as the namespace `ops`: `import { ops } from 'parascan'`.

export * from './ops/attention.ts'
export * from './ops/elementwise.ts'
export * from './ops/log-decay.ts'
export * from './ops/loss.ts'
export * from './ops/matmul.ts'
export * from './ops/norm.ts'
export * from './ops/scan.ts'
