// Foreign libraries across the border, for `parascan bench` to compare with.
#include <vector>

#include "binding/call.h"
#include "comparison/library.h"
#include "hardware/clock.h"

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
  const int64_t warmup = call.integer(6), repeats = call.integer(7);
  const double budget = call.number(8);
  return call.promise(
      [=, &blas, courier = call.instance().courier](const Launch&) {
        const std::vector<float> a(static_cast<size_t>(m * k), 0.5f), b(static_cast<size_t>(k * n), 0.25f);
        std::vector<float> c(static_cast<size_t>(m * n));
        const auto multiply = [&] {
          const int64_t start = nanosecondsNow();
          blas.multiply(m, n, k, a.data(), k, b.data(), transposeB ? k : n, transposeB, c.data(), n);
          return static_cast<double>(nanosecondsNow() - start) * 1e-9;
        };
        blas.setThreads(threads);
        double spent = 0;
        std::vector<double> times;
        for (int64_t i = 0; i < warmup && spent < budget / 2 && !courier->closed(); ++i) spent += multiply();
        for (int64_t i = 0; (times.empty() || (i < repeats && spent < budget)) && !courier->closed(); ++i) {
          times.push_back(multiply());
          spent += times.back();
        }
        return times;
      },
      [](Napi::Env env, const std::vector<double>& times) {
        auto result = Napi::Float64Array::New(env, times.size());
        for (size_t i = 0; i < times.size(); ++i) result[i] = times[i];
        return Napi::Value(result);
      });
}

}  // namespace

void defineComparison(Napi::Object exports) {
  define<blasName>(exports, "blasName");
  define<timeBlas>(exports, "timeBlas");
}

}  // namespace parascan
