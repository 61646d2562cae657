// The scans across the border. Results are [output, finalState].
#include "ops/scans.h"

#include "binding/call.h"

namespace parascan {
namespace {

/// (u, dt, A, B, C, D, z, dtBias, initialState, dtSoftplus, negativeEigenvalues, cuSeqlens)
SelectiveScanInputs selectiveScanInputs(const Call& call) {
  return {.u = call.tensor(0),
          .dt = call.tensor(1),
          .A = call.tensor(2),
          .B = call.tensor(3),
          .C = call.tensor(4),
          .D = call.optionalTensor(5),
          .z = call.optionalTensor(6),
          .dtBias = call.optionalTensor(7),
          .initialState = call.optionalTensor(8),
          .dtSoftplus = call.flag(9),
          .negativeEigenvalues = call.flag(10),
          .cuSeqlens = call.packedSequences(11)};
}

Napi::Value selectiveScan(Call& call) {
  const ScanResult result = selectiveScan(call.context(), selectiveScanInputs(call));
  return call.handles({result.output, result.finalState});
}
Napi::Value selectiveScanRecurrent(Call& call) {
  const ScanResult result = selectiveScanRecurrent(call.context(), selectiveScanInputs(call), false);
  return call.handles({result.output, result.finalState});
}
Napi::Value selectiveScanStep(Call& call) {
  return call.handle(selectiveScanRecurrent(call.context(), selectiveScanInputs(call), true).output);
}

/// (x, weight, bias, initialState, silu, cuSeqlens)
CausalConvInputs causalConvInputs(const Call& call) {
  return {.x = call.tensor(0),
          .weight = call.tensor(1),
          .bias = call.optionalTensor(2),
          .initialState = call.optionalTensor(3),
          .silu = call.flag(4),
          .cuSeqlens = call.packedSequences(5)};
}

Napi::Value causalConv1d(Call& call) {
  const ScanResult result = causalConv1d(call.context(), causalConvInputs(call));
  return call.handles({result.output, result.finalState});
}
Napi::Value causalConv1dStep(Call& call) {
  return call.handle(causalConv1dStep(call.context(), causalConvInputs(call)));
}

}  // namespace

void defineScans(Napi::Object exports) {
  define<selectiveScan>(exports, "selectiveScan");
  define<selectiveScanRecurrent>(exports, "selectiveScanRecurrent");
  define<selectiveScanStep>(exports, "selectiveScanStep");
  define<causalConv1d>(exports, "causalConv1d");
  define<causalConv1dStep>(exports, "causalConv1dStep");
}

}  // namespace parascan
