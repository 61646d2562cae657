// Runs every golden vector whose op exists, forward and backward, within the tolerances of
// test/golden.test.ts. Usage: golden FILE, written by scripts/test-golden.mjs. Exits 1 where a check fails.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <set>

#include "autograd/tape.h"
#include "golden-ops.h"
#include "ops/elementwise.h"
#include "runtime/dispatch.h"
#include "runtime/thread-pool.h"

namespace parascan::golden {
namespace {

constexpr double gradientTolerance = 2e-5;
constexpr double negligible = 1e-12;
/// Rounding adds up along the recurrence.
double outputTolerance(int64_t tokens) { return 2e-6 * std::max(1.0, static_cast<double>(tokens) / 64); }

std::vector<float> read(Context& context, const Tensor& x) {
  const Tensor whole = contiguous(context, x);
  context.stream().synchronize();
  return {whole.floats(), whole.floats() + whole.size()};
}

/// RMS of the difference over the RMS of what was expected. What is smaller than `negligible` is 0 in
/// float64.
double relativeError(const std::vector<float>& actual, const std::vector<float>& expected) {
  double error = 0, size = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    error += std::pow(static_cast<double>(actual[i]) - expected[i], 2);
    size += std::pow(static_cast<double>(expected[i]), 2);
  }
  const double count = static_cast<double>(std::max<size_t>(expected.size(), 1));
  return std::sqrt(error / count) / std::max(std::sqrt(size / count), negligible);
}

class Check {
 public:
  Check(Context& context, const GoldenCase& golden, const GoldenOp& op, Form form)
      : context_(context), golden_(golden), op_(op), form_(form) {}

  /// Compares the outputs and, of the chunked form, the gradients. Returns whether all were near enough.
  bool run() {
    Tensors inputs;
    for (const auto& [name, stored] : golden_.tensors)
      if (name.find('.') == std::string::npos) inputs[name] = tensor(stored);
    const auto gradients = golden_.under("grad.");
    if (form_ == Form::chunked)
      for (const std::string& name : gradients) requireGradient(inputs.at(name));
    const int64_t tokens = firstInput(inputs).dim(1);
    Tensors outputs = op_.run(context_, form_, golden_, inputs);
    for (const std::string& name : golden_.under("out."))
      compare("out." + name, outputs[name], outputTolerance(tokens));
    if (form_ == Form::chunked) {
      backward(context_, loss(outputs));
      for (const std::string& name : gradients)
        compare("grad." + name, gathered(inputs.at(name)), gradientTolerance);
    }
    return passed_;
  }

 private:
  Tensor tensor(const StoredTensor& stored) {
    return upload(context_, stored.shape, DataType::float32, stored.values.data());
  }

  /// One of shape (B, T, ..), by which every op here names its first argument.
  static const Tensor& firstInput(const Tensors& inputs) {
    for (const char* name : {"q", "r", "u", "x"})
      if (const auto found = inputs.find(name); found != inputs.end()) return found->second;
    throw RangeError("no input (B, T, ..) is known");
  }

  /// The sum over outputs of sum(output * cotangent).
  Tensor loss(Tensors& outputs) {
    Tensor total;
    for (const std::string& name : golden_.under("ct.")) {
      const Tensor cotangent = tensor(golden_.tensors.at("ct." + name));
      const Tensor part =
          sum(context_, binary(context_, BinaryOp::multiply, outputs[name], cotangent), {}, false, false);
      total = total ? binary(context_, BinaryOp::add, total, part) : part;
    }
    return total;
  }

  void compare(const std::string& name, const Tensor& actual, double tolerance) {
    const StoredTensor& expected = golden_.tensors.at(name);
    if (!actual || actual.shape() != expected.shape) {
      report(name, actual ? message("has shape ", actual.shape().text()) : "is missing");
      return;
    }
    const double error = relativeError(read(context_, actual), expected.values);
    if (!(error <= tolerance)) report(name, message("is off by ", error, ", allowed are ", tolerance));
  }

  void report(const std::string& name, const std::string& what) {
    passed_ = false;
    std::printf("%s by %s%s: %s %s\n", golden_.name.c_str(), op_.name,
                form_ == Form::recurrent ? ", recurrent" : "", name.c_str(), what.c_str());
  }

  Context& context_;
  const GoldenCase& golden_;
  const GoldenOp& op_;
  Form form_;
  bool passed_ = true;
};

/// @return the number of checks that failed
int checkAll(std::istream& file) {
  ThreadPool::shared().setThreads(2);
  Context context;
  int passed = 0, failed = 0;
  std::set<std::string> waiting;
  while (const auto golden = readCase(file)) {
    const auto op = std::ranges::find(goldenOps(), golden->op, &GoldenOp::name);
    if (op == goldenOps().end()) {
      waiting.insert(golden->op);
      continue;
    }
    for (const Form form : {Form::chunked, Form::recurrent})
      if (form == Form::chunked || op->hasRecurrent)
        Check(context, *golden, *op, form).run() ? ++passed : ++failed;
  }
  std::printf("%s: %d passed, %d failed", kernels().isa, passed, failed);
  for (const std::string& op : waiting) std::printf("; %s is not checked", op.c_str());
  std::printf("\n");
  return failed;
}

}  // namespace
}  // namespace parascan::golden

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: golden FILE\n");
    return 2;
  }
  try {
    std::ifstream file(arguments[1], std::ios::binary);
    if (!file) throw parascan::StateError(parascan::message(arguments[1], " cannot be read"));
    return parascan::golden::checkAll(file) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "golden: %s\n", error.what());
    return 1;
  }
}
