// Losses over rows of logits: cross-entropy with ignored targets, and distillation from a teacher's logits.
// The losses of rows are gathered first and summed in order, so the mean does not depend on threads.
//
//   x logits (rows, classes), m = max x, lse = log sum exp(x), N rows that count
//   cross-entropy: loss = mean (lse - x_target),  dX = dLoss / N (softmax(x) - onehot(target))
//   distillation, temperature tau, teacher z, p = softmax(z / tau):
//     loss = tau^2 mean (lse(x / tau) - sum p x / tau),  dX = dLoss tau / rows (softmax(x / tau) - p)
#include "kernels/row-kernels.h"

namespace parascan::PARASCAN_ISA {
namespace {

double sumOf(int64_t count, const float* x) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]);
  return sum;
}

/// The losses of rows, before their mean.
float* lossPerRow(const Launch& launch, int64_t rows) {
  return rows ? scratch<float>(launch, rows) : nullptr;
}

bool counts(const CrossEntropyArgs& args, int64_t row) {
  const int32_t target = args.targets[row];
  return target != args.ignoreIndex && target >= 0 && target < args.classes;
}

}  // namespace

void crossEntropy(const Launch& launch, const CrossEntropyArgs& args) {
  float* rowLoss = lossPerRow(launch, args.rows);
  overRows(launch, args.rows, args.classes, [&](int64_t row, int) {
    rowLoss[row] = 0;
    args.saved[row] = 0;
    if (!counts(args, row)) return;
    const float* x = rowOf(args.logits, row);
    const float maximum = maximumOfRow(args.classes, x);
    const float logSum = logarithmOf(sumOfExponentials(args.classes, x, maximum, 1));
    rowLoss[row] = logSum + (maximum - x[args.targets[row]]);
    args.saved[row] = maximum + logSum;
  });
  int64_t counted = 0;
  for (int64_t row = 0; row < args.rows; ++row) counted += counts(args, row);
  args.saved[args.rows] = static_cast<float>(counted);
  *args.loss = counted ? static_cast<float>(sumOf(args.rows, rowLoss) / static_cast<double>(counted)) : 0;
}

void crossEntropyGrad(const Launch& launch, const CrossEntropyGradArgs& args) {
  const CrossEntropyArgs& forward = args.forward;
  const float counted = forward.saved[forward.rows];
  if (counted == 0) return;
  const float factor = *args.dLoss / counted;
  overRows(launch, forward.rows, forward.classes, [&](int64_t row, int) {
    if (!counts(forward, row)) return;
    const float* x = rowOf(forward.logits, row);
    float* dX = rowOf(args.dLogits, row);
    const float logSum = forward.saved[row];
    overColumns(forward.classes, [&](int64_t c, auto span, int) {
      store(dX + c, load(dX + c, span) + exponential(load(x + c, span) - logSum) * factor, span);
    });
    dX[forward.targets[row]] -= factor;
  });
}

void distillation(const Launch& launch, const DistillationArgs& args) {
  float* rowLoss = lossPerRow(launch, args.rows);
  const float inverse = 1 / args.temperature;
  overRows(launch, args.rows, args.classes, [&](int64_t row, int) {
    const float* student = rowOf(args.student, row);
    const float* teacher = rowOf(args.teacher, row);
    const float studentMaximum = maximumOfRow(args.classes, student);
    const float teacherMaximum = maximumOfRow(args.classes, teacher);
    const float studentSum = sumOfExponentials(args.classes, student, studentMaximum, inverse);
    Vec part[slots] = {}, weighted[slots] = {};
    overColumns(args.classes, [&](int64_t c, auto span, int slot) {
      const Vec e = filled(exponential((load(teacher + c, span) - teacherMaximum) * inverse), 0, span);
      part[slot] += e;
      weighted[slot] += e * (load(student + c, span) - studentMaximum);
    });
    const float teacherSum = sumSlots(part);
    const float studentLog = logarithmOf(studentSum);
    rowLoss[row] = studentLog - sumSlots(weighted) / teacherSum * inverse;
    args.saved[2 * row] = studentMaximum * inverse + studentLog;
    args.saved[2 * row + 1] = teacherMaximum * inverse + logarithmOf(teacherSum);
  });
  const double mean = args.rows ? sumOf(args.rows, rowLoss) / static_cast<double>(args.rows) : 0;
  *args.loss = static_cast<float>(mean * args.temperature * args.temperature);
}

void distillationGrad(const Launch& launch, const DistillationGradArgs& args) {
  const DistillationArgs& forward = args.forward;
  const float inverse = 1 / forward.temperature;
  const float factor = *args.dLoss * forward.temperature / static_cast<float>(forward.rows);
  overRows(launch, forward.rows, forward.classes, [&](int64_t row, int) {
    const float* student = rowOf(forward.student, row);
    const float* teacher = rowOf(forward.teacher, row);
    float* dX = rowOf(args.dStudent, row);
    const float studentLog = forward.saved[2 * row], teacherLog = forward.saved[2 * row + 1];
    overColumns(forward.classes, [&](int64_t c, auto span, int) {
      const Vec p = exponential(load(student + c, span) * inverse - studentLog);
      const Vec wanted = exponential(load(teacher + c, span) * inverse - teacherLog);
      store(dX + c, load(dX + c, span) + (p - wanted) * factor, span);
    });
  });
}

}  // namespace parascan::PARASCAN_ISA
