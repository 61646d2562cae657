// The scans with a matrix state across the border. Results are [output, finalState], or the output alone
// where the state is updated in place.
#include "binding/call.h"
#include "binding/transition.h"
#include "ops/matrix-scan.h"
#include "ops/mlstm.h"
#include "ops/ssd.h"

namespace parascan {
namespace {

/// (transition, q, k, v, beta, g, a, b, initialState, logDecay, normalizeKeys, betaSigmoid, scale,
/// householders, cuSeqlens)
MatrixScanInputs matrixScanInputs(const Call& call) {
  return {.transition = transitionOf(call.text(0)),
          .q = call.tensor(1),
          .k = call.tensor(2),
          .v = call.tensor(3),
          .beta = call.optionalTensor(4),
          .g = call.optionalTensor(5),
          .a = call.optionalTensor(6),
          .b = call.optionalTensor(7),
          .skip = {},
          .initialState = call.optionalTensor(8),
          .logDecay = call.flag(9),
          .normalizeKeys = call.flag(10),
          .betaSigmoid = call.real(11),
          .scale = call.real(12),
          .householders = call.integer(13),
          .cuSeqlens = call.packedSequences(14)};
}

Napi::Value matrixScan(Call& call) {
  const ScanResult result = matrixScan(call.context(), matrixScanInputs(call));
  return call.handles({result.output, result.finalState});
}
Napi::Value matrixScanRecurrent(Call& call) {
  const ScanResult result = matrixScanRecurrent(call.context(), matrixScanInputs(call), false);
  return call.handles({result.output, result.finalState});
}
Napi::Value matrixScanStep(Call& call) {
  return call.handle(matrixScanRecurrent(call.context(), matrixScanInputs(call), true).output);
}

/// (x, dt, A, B, C, D, dtBias, initialState, dtSoftplus, negativeEigenvalues, cuSeqlens)
SsdInputs ssdInputs(const Call& call) {
  return {.x = call.tensor(0),
          .dt = call.tensor(1),
          .A = call.tensor(2),
          .B = call.tensor(3),
          .C = call.tensor(4),
          .D = call.optionalTensor(5),
          .dtBias = call.optionalTensor(6),
          .initialState = call.optionalTensor(7),
          .dtSoftplus = call.flag(8),
          .negativeEigenvalues = call.flag(9),
          .cuSeqlens = call.packedSequences(10)};
}

Napi::Value ssd(Call& call) {
  const ScanResult result = ssd(call.context(), ssdInputs(call));
  return call.handles({result.output, result.finalState});
}
Napi::Value ssdRecurrent(Call& call) {
  const ScanResult result = ssdRecurrent(call.context(), ssdInputs(call), false);
  return call.handles({result.output, result.finalState});
}
Napi::Value ssdStep(Call& call) {
  return call.handle(ssdRecurrent(call.context(), ssdInputs(call), true).output);
}

/// (q, k, v, i, f, memory, m, keyScale, eps, cuSeqlens)
MlstmInputs mlstmInputs(const Call& call) {
  return {.q = call.tensor(0),
          .k = call.tensor(1),
          .v = call.tensor(2),
          .i = call.tensor(3),
          .f = call.tensor(4),
          .memory = call.optionalTensor(5),
          .m = call.optionalTensor(6),
          .keyScale = call.real(7),
          .eps = call.real(8),
          .cuSeqlens = call.packedSequences(9)};
}

Napi::Value mlstm(Call& call) {
  const MlstmResult result = mlstm(call.context(), mlstmInputs(call));
  return call.handles({result.h, result.memory, result.m});
}
Napi::Value mlstmRecurrent(Call& call) {
  const MlstmResult result = mlstmRecurrent(call.context(), mlstmInputs(call), false);
  return call.handles({result.h, result.memory, result.m});
}
Napi::Value mlstmStep(Call& call) {
  return call.handle(mlstmRecurrent(call.context(), mlstmInputs(call), true).h);
}

}  // namespace

void defineMatrixScans(Napi::Object exports) {
  define<matrixScan>(exports, "matrixScan");
  define<matrixScanRecurrent>(exports, "matrixScanRecurrent");
  define<matrixScanStep>(exports, "matrixScanStep");
  define<ssd>(exports, "ssd");
  define<ssdRecurrent>(exports, "ssdRecurrent");
  define<ssdStep>(exports, "ssdStep");
  define<mlstm>(exports, "mlstm");
  define<mlstmRecurrent>(exports, "mlstmRecurrent");
  define<mlstmStep>(exports, "mlstmStep");
}

}  // namespace parascan
