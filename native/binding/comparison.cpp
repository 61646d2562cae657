// Foreign libraries across the border, for `parascan bench` to compare with.
#include <vector>

#include "binding/call.h"
#include "binding/timed-runs.h"
#include "comparison/library.h"

namespace parascan {
namespace {

/// blasName(path): what the library calls itself.
Napi::Value blasName(Call& call) { return Napi::String::New(call.env(), openBlas(call.text(0)).name()); }

/// timeBlas(path, m, n, k, transposeB, threads, warmup, repeats, seconds): a promise of the time of each
/// matrix product in seconds, under the rules of timeProgram.
Napi::Value timeBlas(Call& call) {
  const BlasComparison& blas = openBlas(call.text(0));
  const int64_t m = call.integer(1), n = call.integer(2), k = call.integer(3);
  const bool transposeB = call.flag(4);
  const int threads = static_cast<int>(call.integer(5));
  const TimingLimits limits = timingLimits(call, 6);
  return call.promise(
      [=, &blas, courier = call.instance().courier](const Launch&) {
        const std::vector<float> a(static_cast<size_t>(m * k), 0.5f), b(static_cast<size_t>(k * n), 0.25f);
        std::vector<float> c(static_cast<size_t>(m * n));
        blas.setThreads(threads);
        return timedRuns(limits, *courier, [&] {
          blas.multiply(m, n, k, a.data(), k, b.data(), transposeB ? k : n, transposeB, c.data(), n);
        });
      },
      toFloat64Array);
}

}  // namespace

void defineComparison(Napi::Object exports) {
  define<blasName>(exports, "blasName");
  define<timeBlas>(exports, "timeBlas");
}

}  // namespace parascan
