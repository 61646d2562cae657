// Losses: each a tensor of one element, whose backward() fills the gradients.

import { addon } from '../../native/load.ts'
import { Tensor } from '../tensor.ts'

/**
 * Mean cross-entropy, in nats, of logits (.., classes) against int32 targets (..). Targets equal to `ignoreIndex` do
 * not count; if none counts the loss and its gradient are 0.
 */
export const crossEntropy = (
  logits: Tensor,
  targets: Tensor,
  options: { ignoreIndex?: number } = {},
): Tensor => new Tensor(addon.crossEntropy(logits.handle, targets.handle, options.ignoreIndex ?? -1))

/**
 * Mean over rows of the cross-entropy of the student's distribution against the teacher's, both at `temperature`, times
 * its square (Hinton, Vinyals & Dean 2015). The teacher takes no gradient.
 */
export const distillation = (
  student: Tensor,
  teacher: Tensor,
  options: { temperature?: number } = {},
): Tensor => new Tensor(addon.distillation(student.handle, teacher.handle, options.temperature ?? 1))
