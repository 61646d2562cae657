#include "golden-ops.h"

#include "ops/matrix-scan.h"
#include "ops/mlstm.h"
#include "ops/scans.h"
#include "ops/ssd.h"

namespace parascan::golden {
namespace {

Tensors named(const char* output, const ScanResult& result) {
  return {{output, result.output}, {"finalState", result.finalState}};
}

Tensors scan(Context& context, Form form, const MatrixScanInputs& in) {
  return named("o",
               form == Form::chunked ? matrixScan(context, in) : matrixScanRecurrent(context, in, false));
}

Tensors deltaRule(Context& context, Form form, const GoldenCase& golden, Tensors& inputs) {
  return scan(context, form,
              {.transition = Transition::delta,
               .q = inputs["q"],
               .k = inputs["k"],
               .v = inputs["v"],
               .beta = inputs["beta"],
               .g = inputs["g"],
               .initialState = inputs["initialState"],
               .scale = golden.real("scale"),
               .householders = golden.integer("householders")});
}

Tensors gla(Context& context, Form form, const GoldenCase& golden, Tensors& inputs) {
  return scan(context, form,
              {.transition = Transition::additive,
               .q = inputs["q"],
               .k = inputs["k"],
               .v = inputs["v"],
               .g = inputs["g"],
               .initialState = inputs["initialState"],
               .scale = golden.real("scale")});
}

Tensors dplr(Context& context, Form form, const GoldenCase& golden, Tensors& inputs) {
  return scan(context, form,
              {.transition = Transition::dplr,
               .q = inputs["r"],
               .k = inputs["k"],
               .v = inputs["v"],
               .g = inputs["w"],
               .a = inputs["a"],
               .b = inputs["b"],
               .initialState = inputs["initialState"],
               .scale = golden.real("scale")});
}

Tensors ssd(Context& context, Form form, const GoldenCase& golden, Tensors& inputs) {
  const SsdInputs in{.x = inputs["x"],
                     .dt = inputs["dt"],
                     .A = inputs["A"],
                     .B = inputs["B"],
                     .C = inputs["C"],
                     .D = inputs["D"],
                     .dtBias = inputs["dtBias"],
                     .initialState = inputs["initialState"],
                     .dtSoftplus = golden.flag("dtSoftplus"),
                     .negativeEigenvalues = golden.flag("negativeEigenvalues")};
  return named(
      "y", form == Form::chunked ? parascan::ssd(context, in) : parascan::ssdRecurrent(context, in, false));
}

Tensors mlstm(Context& context, Form form, const GoldenCase& golden, Tensors& inputs) {
  const MlstmInputs in{.q = inputs["q"],
                       .k = inputs["k"],
                       .v = inputs["v"],
                       .i = inputs["i"],
                       .f = inputs["f"],
                       .keyScale = golden.real("keyScale"),
                       .eps = 0};
  const MlstmResult result =
      form == Form::chunked ? parascan::mlstm(context, in) : parascan::mlstmRecurrent(context, in, false);
  return {{"h", result.h}};
}

Tensors selectiveScan(Context& context, Form form, const GoldenCase& golden, Tensors& inputs) {
  const SelectiveScanInputs in{.u = inputs["u"],
                               .dt = inputs["dt"],
                               .A = inputs["A"],
                               .B = inputs["B"],
                               .C = inputs["C"],
                               .D = inputs["D"],
                               .z = inputs["z"],
                               .dtBias = inputs["dtBias"],
                               .initialState = inputs["initialState"],
                               .dtSoftplus = golden.flag("dtSoftplus"),
                               .negativeEigenvalues = golden.flag("negativeEigenvalues")};
  return named("y", form == Form::chunked ? parascan::selectiveScan(context, in)
                                          : parascan::selectiveScanRecurrent(context, in, false));
}

Tensors causalConv1d(Context& context, Form, const GoldenCase& golden, Tensors& inputs) {
  return named("y", parascan::causalConv1d(context, {.x = inputs["x"],
                                                     .weight = inputs["weight"],
                                                     .bias = inputs["bias"],
                                                     .initialState = inputs["initialState"],
                                                     .silu = golden.text("activation") == "silu"}));
}

constexpr GoldenOp ops[] = {
    {"deltaRule", true, deltaRule},
    {"gla", true, gla},
    {"dplr", true, dplr},
    {"ssd", true, ssd},
    {"mlstm", true, mlstm},
    {"selectiveScan", true, selectiveScan},
    {"causalConv1d", false, causalConv1d},
};

}  // namespace

std::span<const GoldenOp> goldenOps() { return ops; }

}  // namespace parascan::golden
