// Norms of rows: RMS norm, its gated forms, layer norm and l2 norm, forward and backward, as one computation:
//
//   x, y, gate (rows, C); weight, bias (groups, C); saved (rows, 2) = mu, r
//   a = act(gate), 1 without a gate
//   u = x a where the gate comes first, x otherwise
//   h = (u - mu) r,  r = 1 / sqrt(n sum (u - mu)^2 + eps),  y = h weight + bias, times a where it comes last
//   mu = 0 but for layer norm; n = 1/C but for l2, where it is 1
//
//   backward: d = dY, times a where it comes last;  e = d weight;  dWeight += sum_rows d h;  dBias +=
//   sum_rows dY du = r (e - n sum e - h n sum e h), the first sum for layer norm only gate last:   dX += du;
//   dGate += dY weight h act'(gate) gate first:  dX += du a;  dGate += du x act'(gate)
#include "kernels/row-kernels.h"
#include "kernels/row-sums.h"

namespace parascan::PARASCAN_ISA {
namespace {

/// What is computed, known when compiled.
template <NormOp op_, GateActivation activation_ = GateActivation::silu, bool first = false>
struct NormForm {
  static constexpr NormOp op = op_;
  static constexpr GateActivation activation = activation_;
  static constexpr bool gateFirst = op == NormOp::gatedRms && first;
  static constexpr bool gateLast = op == NormOp::gatedRms && !first;
};

/// Calls f with the form that the arguments ask for.
template <typename F>
void withForm(const NormArgs& args, const F& f) {
  switch (args.op) {
    case NormOp::rms:
      return f(NormForm<NormOp::rms>{});
    case NormOp::layer:
      return f(NormForm<NormOp::layer>{});
    case NormOp::l2:
      return f(NormForm<NormOp::l2>{});
    case NormOp::gatedRms:
      break;
  }
  if (args.activation == GateActivation::silu)
    return args.gateFirst ? f(NormForm<NormOp::gatedRms, GateActivation::silu, true>{})
                          : f(NormForm<NormOp::gatedRms, GateActivation::silu>{});
  return args.gateFirst ? f(NormForm<NormOp::gatedRms, GateActivation::sigmoid, true>{})
                        : f(NormForm<NormOp::gatedRms, GateActivation::sigmoid>{});
}

/// act(gate) and its derivative.
struct Gate {
  Vec value, slope;
};

template <GateActivation activation>
Gate gateOf(Vec gate) {
  const Vec s = sigmoid(gate), slope = s * (1 - s);
  if constexpr (activation == GateActivation::sigmoid) return {s, slope};
  return {gate * s, s + gate * slope};
}

const float* constantRow(const Launch& launch, int64_t columns, float value) {
  float* row = scratch<float>(launch, columns);
  for (int64_t c = 0; c < columns; ++c) row[c] = value;
  return row;
}

/// Weight and bias of a row are (C), those of neighbouring groups `weightStride` and `biasStride` apart.
struct Affine {
  const float* weight;
  const float* bias;
  int64_t groups, weightStride, biasStride;
};

/// With constants where the caller has none.
Affine affineOf(const Launch& launch, const NormArgs& args) {
  return {.weight = args.weight ? args.weight : constantRow(launch, args.columns, 1),
          .bias = args.bias ? args.bias : constantRow(launch, args.columns, 0),
          .groups = args.groups,
          .weightStride = args.weight ? args.columns : 0,
          .biasStride = args.bias ? args.columns : 0};
}

float meanFactor(const NormArgs& args) {
  return args.op == NormOp::l2 ? 1.0f : 1.0f / static_cast<float>(args.columns);
}

template <typename Form>
void normOfRow(const NormArgs& args, const Affine& affine, int64_t row) {
  const int64_t group = row % affine.groups;
  const float* weight = affine.weight + group * affine.weightStride;
  const float* bias = affine.bias + group * affine.biasStride;
  const float* x = rowOf(args.x, row);
  const float* gate = Form::op == NormOp::gatedRms ? rowOf(args.gate, row) : nullptr;
  float* y = rowOf(args.y, row);
  float mean = 0;
  if constexpr (Form::op == NormOp::layer) {
    Vec part[slots] = {};
    overColumns(args.columns, [&](int64_t c, auto span, int slot) { part[slot] += load(x + c, span); });
    mean = sumSlots(part) / static_cast<float>(args.columns);
  }
  Vec part[slots] = {};
  overColumns(args.columns, [&](int64_t c, auto span, int slot) {
    Vec u = filled(load(x + c, span) - mean, 0, span);
    if constexpr (Form::gateFirst) {
      u *= gateOf<Form::activation>(load(gate + c, span)).value;
      store(y + c, u, span);
    }
    part[slot] += u * u;
  });
  const float reciprocal = 1 / __builtin_sqrtf(sumSlots(part) * meanFactor(args) + args.eps);
  if (args.saved) {
    args.saved[2 * row] = mean;
    args.saved[2 * row + 1] = reciprocal;
  }
  overColumns(args.columns, [&](int64_t c, auto span, int) {
    const Vec u = Form::gateFirst ? load(y + c, span) : load(x + c, span) - mean;
    Vec value = u * reciprocal * load(weight + c, span);
    if constexpr (Form::gateLast) value *= gateOf<Form::activation>(load(gate + c, span)).value;
    if constexpr (Form::op == NormOp::layer) value += load(bias + c, span);
    store(y + c, value, span);
  });
}

/// Sums over the rows of one block, (groups, C) each; null where not wanted.
struct Partial {
  float* dWeight;
  float* dBias;
};

/// `error`: (C) memory for e.
template <typename Form>
void normGradOfRow(const NormGradArgs& args, const Affine& affine, Partial partial, float* error,
                   int64_t row) {
  const NormArgs& forward = args.forward;
  const int64_t group = row % affine.groups;
  const float* weight = affine.weight + group * affine.weightStride;
  float* dWeight = partial.dWeight ? partial.dWeight + group * forward.columns : nullptr;
  float* dBias = partial.dBias ? partial.dBias + group * forward.columns : nullptr;
  const float* x = rowOf(forward.x, row);
  const float* dY = rowOf(args.dY, row);
  const float* gate = Form::op == NormOp::gatedRms ? rowOf(forward.gate, row) : nullptr;
  float* dGate = Form::op == NormOp::gatedRms ? rowIfWanted(args.dGate, row) : nullptr;
  float* dX = rowIfWanted(args.dX, row);
  const float mean = Form::op == NormOp::layer ? forward.saved[2 * row] : 0;
  const float reciprocal = forward.saved[2 * row + 1];
  Vec sum[slots] = {}, product[slots] = {};
  overColumns(forward.columns, [&](int64_t c, auto span, int slot) {
    Vec h = (load(x + c, span) - mean) * reciprocal;
    const Vec w = load(weight + c, span);
    Vec d = load(dY + c, span);
    if (Form::op == NormOp::layer && dBias) store(dBias + c, load(dBias + c, span) + d, span);
    if constexpr (Form::gateFirst) h *= gateOf<Form::activation>(load(gate + c, span)).value;
    if constexpr (Form::gateLast) {
      const Gate a = gateOf<Form::activation>(load(gate + c, span));
      if (dGate) store(dGate + c, load(dGate + c, span) + d * h * w * a.slope, span);
      d *= a.value;
    }
    if (dWeight) store(dWeight + c, load(dWeight + c, span) + d * h, span);
    const Vec e = d * w;
    store(error + c, e, span);
    product[slot] += filled(e * h, 0, span);
    if constexpr (Form::op == NormOp::layer) sum[slot] += e;
  });
  if (!dX && !(Form::gateFirst && dGate)) return;
  const float alongRow = sumSlots(product) * meanFactor(forward);
  const float constant = sumSlots(sum) * meanFactor(forward);
  overColumns(forward.columns, [&](int64_t c, auto span, int) {
    const Vec value = load(x + c, span), e = load(error + c, span);
    if constexpr (Form::gateFirst) {
      const Gate a = gateOf<Form::activation>(load(gate + c, span));
      const Vec dU = (e - value * a.value * (reciprocal * alongRow)) * reciprocal;
      if (dX) store(dX + c, load(dX + c, span) + dU * a.value, span);
      if (dGate) store(dGate + c, load(dGate + c, span) + dU * value * a.slope, span);
    } else {
      const Vec h = (value - mean) * reciprocal;
      store(dX + c, load(dX + c, span) + (e - constant - h * alongRow) * reciprocal, span);
    }
  });
}

}  // namespace

void norm(const Launch& launch, const NormArgs& args) {
  if (args.rows == 0 || args.columns == 0) return;
  const Affine affine = affineOf(launch, args);
  withForm(args, [&](auto form) {
    overRows(launch, args.rows, args.columns,
             [&](int64_t row, int) { normOfRow<decltype(form)>(args, affine, row); });
  });
}

void normGrad(const Launch& launch, const NormGradArgs& args) {
  const int64_t rows = args.forward.rows, columns = args.forward.columns;
  if (rows == 0 || columns == 0) return;
  const int64_t sums = args.forward.groups * columns;
  const RowBlocks blocks = rowBlocks(rows);
  const Affine affine = affineOf(launch, args.forward);
  float* errors = scratch<float>(launch, launch.threads * columns);
  float* dWeight = args.dWeight ? zeroedPartials(launch, blocks, sums) : nullptr;
  float* dBias = args.dBias ? zeroedPartials(launch, blocks, sums) : nullptr;
  withForm(args.forward, [&](auto form) {
    overBlocks(launch, blocks, [&](int64_t block, int64_t row, int thread) {
      const Partial partial = {dWeight ? dWeight + block * sums : nullptr,
                               dBias ? dBias + block * sums : nullptr};
      normGradOfRow<decltype(form)>(args, affine, partial, errors + thread * columns, row);
    });
  });
  if (dWeight) addPartials(launch, blocks, sums, dWeight, args.dWeight);
  if (dBias) addPartials(launch, blocks, sums, dBias, args.dBias);
}

}  // namespace parascan::PARASCAN_ISA
