// The gates run along tokens with heads in the lanes; the readout takes the rows of all tokens and heads.
#include "kernels/mlstm.h"

#include "kernels/channel-rows.h"
#include "kernels/vector-math.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// log sigma(x)
Vec logSigmoid(Vec x) { return -softplus(-x); }

void gates(const Launch& launch, const MlstmGateArgs& args) {
  const int64_t blocks = ceilDivide(args.heads, lanes);
  parallelFor(launch, args.sequences.count * blocks, [&](int64_t task, int) {
    const Sequence sequence = sequenceAt(args.sequences, task / blocks);
    const int64_t head = task % blocks * lanes, count = smaller(lanes, args.heads - head);
    const int64_t state = task / blocks * args.heads + head;
    Vec m = args.initialM ? loadSome(args.initialM + state, count) : Vec{};
    for (int64_t t = sequence.first; t < sequence.first + sequence.tokens; ++t) {
      const Vec i = loadSome(rowOf(args.i, sequence.batch, t) + head, count);
      const Vec decayed = logSigmoid(loadSome(rowOf(args.f, sequence.batch, t) + head, count)) + m;
      m = atLeast(decayed, i);
      storeSome(rowOf(args.decay, sequence.batch, t) + head, decayed - m, count);
      storeSome(rowOf(args.weight, sequence.batch, t) + head, args.keyScale * exponential(i - m), count);
      storeSome(rowOf(args.m, sequence.batch, t) + head, m, count);
    }
    storeSome(args.finalM + state, m, count);
  });
}

void gatesBackward(const Launch& launch, const MlstmGateGradArgs& args) {
  const MlstmGateArgs& forward = args.forward;
  const int64_t blocks = ceilDivide(forward.heads, lanes);
  parallelFor(launch, forward.sequences.count * blocks, [&](int64_t task, int) {
    const Sequence sequence = sequenceAt(forward.sequences, task / blocks);
    const int64_t head = task % blocks * lanes, count = smaller(lanes, forward.heads - head);
    const auto at = [&](const ChannelView& view, int64_t t) { return rowOf(view, sequence.batch, t) + head; };
    for (int64_t t = sequence.first; t < sequence.first + sequence.tokens; ++t) {
      if (args.dI.data && args.dWeight.data)
        addSome(at(args.dI, t), loadSome(at(args.dWeight, t), count) * loadSome(at(forward.weight, t), count),
                count);
      if (args.dF.data && args.dDecay.data)
        addSome(at(args.dF, t),
                loadSome(at(args.dDecay, t), count) * sigmoid(-loadSome(at(forward.f, t), count)), count);
    }
  });
}

/// A denominator and a floor that have both underflowed would make 0 / 0 of a numerator that has, too.
constexpr float smallestNormal = 1.17549435e-38f;

struct Divisor {
  float inverse;
  bool floored;  // whether exp(-m) is the larger
};

Divisor divisorOf(const MlstmReadoutArgs& args, int64_t row) {
  const float denominator = __builtin_fabsf(args.read[(row + 1) * (args.valueDim + 1) - 1]);
  const float floor = atLeast(exponential(splat(-args.m[row])), splat(smallestNormal))[0];
  const bool floored = !(denominator > floor);
  return {1.0f / ((floored ? floor : denominator) + args.eps), floored};
}

/// Runs f(row) for all rows, so many to a task that a thread is worth waking.
template <typename F>
void forRows(const Launch& launch, const MlstmReadoutArgs& args, const F& f) {
  const int64_t perTask = ceilDivide(16384, args.valueDim + 1);
  parallelFor(launch, ceilDivide(args.rows, perTask), [&](int64_t task, int) {
    for (int64_t row = task * perTask; row < smaller(args.rows, (task + 1) * perTask); ++row) f(row);
  });
}

void readout(const Launch& launch, const MlstmReadoutArgs& args) {
  forRows(launch, args, [&](int64_t row) {
    const float* numerator = args.read + row * (args.valueDim + 1);
    float* h = args.h + row * args.valueDim;
    const float inverse = divisorOf(args, row).inverse;
    for (int64_t c = 0; c < args.valueDim; c += lanes) {
      const int64_t count = smaller(lanes, args.valueDim - c);
      storeSome(h + c, inverse * loadSome(numerator + c, count), count);
    }
  });
}

void readoutBackward(const Launch& launch, const MlstmReadoutGradArgs& args) {
  const MlstmReadoutArgs& forward = args.forward;
  const int64_t width = forward.valueDim + 1;
  forRows(launch, forward, [&](int64_t row) {
    const float* numerator = forward.read + row * width;
    const float* dH = args.dH + row * forward.valueDim;
    float* dRead = args.dRead + row * width;
    const auto [inverse, floored] = divisorOf(forward, row);
    Vec sum{};
    for (int64_t c = 0; c < forward.valueDim; c += lanes) {
      const int64_t count = smaller(lanes, forward.valueDim - c);
      const Vec scaled = inverse * loadSome(dH + c, count);
      sum += scaled * loadSome(numerator + c, count);
      addSome(dRead + c, scaled, count);
    }
    const float dDivisor = -inverse * sumLanes(sum);
    if (!floored)
      dRead[forward.valueDim] += __builtin_copysignf(1.0f, numerator[forward.valueDim]) * dDivisor;
  });
}

}  // namespace

extern const MlstmKernels mlstm;
const MlstmKernels mlstm = {
    .gates = gates, .gatesBackward = gatesBackward, .readout = readout, .readoutBackward = readoutBackward};

}  // namespace parascan::PARASCAN_ISA
