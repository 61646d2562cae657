#include "hardware/peak.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <new>

#include "hardware/clock.h"

namespace parascan {
namespace {

constexpr double secondsPerSample = 2e-3;  // long against waking a thread, short against losing the core
constexpr int samples = 12;
constexpr double longEnough = 0.1;  // for samples that take long by themselves, as those of memory do
constexpr int tasksPerThread = 4;   // so that a thread that wakes late takes less of the work

using Work = std::function<void(int thread, int64_t rounds)>;

double secondsOf(const Launch& launch, const Work& work, int64_t rounds) {
  struct Region {
    const Work& work;
    int64_t rounds;
  } region{work, rounds};
  const int64_t start = nanosecondsNow();
  if (launch.threads == 1) {
    for (int task = 0; task < tasksPerThread; ++task) work(0, rounds);
  } else {
    launch.parallel(
        launch.context, int64_t{tasksPerThread} * launch.threads,
        [](void* argument, int64_t, int thread) {
          const Region& region = *static_cast<const Region*>(argument);
          region.work(thread, region.rounds);
        },
        &region);
  }
  return static_cast<double>(nanosecondsNow() - start) * 1e-9;
}

/// Rounds per second of all threads together, the best of several samples: whatever else runs on the machine
/// only ever takes from a limit.
double bestRate(const Launch& launch, const Work& work) {
  int64_t rounds = 1;
  while (rounds < int64_t{1} << 40) {
    // The best of three: one that lost its core would end the search at far too few rounds.
    double seconds = secondsOf(launch, work, rounds);
    for (int again = 0; again < 2 && seconds < secondsPerSample; ++again)
      seconds = std::min(seconds, secondsOf(launch, work, rounds));
    if (seconds >= secondsPerSample / 2) break;
    rounds *= seconds > secondsPerSample / 64 ? 2 : 16;
  }
  double best = 0, spent = 0;
  for (int sample = 0; sample < samples && (sample < 3 || spent < longEnough); ++sample) {
    const double seconds = secondsOf(launch, work, rounds);
    spent += seconds;
    best = std::max(best, 1 / seconds);
  }
  return best * static_cast<double>(rounds) * tasksPerThread * launch.threads;
}

struct Freed {
  void operator()(float* memory) const { std::free(memory); }
};
using Buffer = std::unique_ptr<float, Freed>;

Buffer allocate(int64_t bytes) {
  Buffer buffer(static_cast<float*>(std::aligned_alloc(4096, static_cast<size_t>(bytes))));
  if (!buffer) throw std::bad_alloc();
  std::fill_n(buffer.get(), bytes / static_cast<int64_t>(sizeof(float)), 1.0f);
  return buffer;
}

struct Level {
  std::string name;
  int64_t bytesPerThread;
  double holds;
};

/// Working sets that stand in for caches nobody describes: small ones first, then what a core finds in a
/// shared cache of most servers.
struct Step {
  const char* name;
  int64_t bytes;
};
constexpr Step steps[] = {{"16 kB", 16 << 10},
                          {"128 kB", 128 << 10},
                          {"512 kB", 512 << 10},
                          {"4 MB", 4 << 20},
                          {"16 MB", 16 << 20}};

/// A working set well inside each cache and outside the one before; where a cache is shared, its part. Up to
/// the third level, whatever is not described is measured in steps.
std::vector<Level> levelsOf(const std::vector<Cache>& caches, int threads) {
  std::vector<Level> levels;
  int64_t last = 0;
  bool complete = false;
  for (int level = 1; level <= 3; ++level) {
    for (const Cache& cache : caches) {
      if (cache.level != level || cache.type == "Instruction") continue;
      const int64_t share = cache.bytes / std::clamp(threads, 1, cache.sharedBy);
      const int64_t bytes = level == 1 ? share / 2 : share / 4;
      if (bytes > last)
        levels.push_back(
            {std::string("L").append(std::to_string(level)), bytes, static_cast<double>(share * threads)});
      last = std::max(last, share);
      complete = level == 3;
    }
  }
  if (!complete)
    for (const Step& step : steps)
      if (step.bytes > last)
        levels.push_back({step.name, step.bytes, static_cast<double>(step.bytes * threads)});
  // Twice the last cache leaves nothing of one round to the next.
  levels.push_back(
      {"memory", std::max(int64_t{64} << 20, 2 * last), std::numeric_limits<double>::infinity()});
  return levels;
}

Bandwidth measureLevel(const ProbeKernels& kernels, const Launch& launch, const Level& level) {
  constexpr int64_t page = 4096;
  const int64_t bytes = level.bytesPerThread / page * page;
  const int64_t count = bytes / static_cast<int64_t>(sizeof(float));
  std::vector<Buffer> buffers;
  for (int thread = 0; thread < launch.threads; ++thread) buffers.push_back(allocate(bytes));
  const double reads = bestRate(
      launch, [&](int thread, int64_t rounds) { kernels.readLoop(buffers[thread].get(), count, rounds); });
  const double updates = bestRate(launch, [&](int thread, int64_t rounds) {
    kernels.readModifyWriteLoop(buffers[thread].get(), count, rounds, 0);
  });
  return {level.name, bytes, level.holds, reads * static_cast<double>(bytes),
          2 * updates * static_cast<double>(bytes)};
}

}  // namespace

Peak measurePeak(const ProbeKernels& kernels, const Launch& launch, const std::vector<Cache>& caches) {
  // The chains tend to 1, far from overflow and from denormal numbers.
  const double rounds = bestRate(launch, [&](int, int64_t rounds) { kernels.fmaLoop(rounds, 0.5f, 0.5f); });
  Peak peak{launch.threads, rounds * static_cast<double>(kernels.flopsPerRound), {}};
  for (const Level& level : levelsOf(caches, launch.threads))
    peak.bandwidths.push_back(measureLevel(kernels, launch, level));
  return peak;
}

}  // namespace parascan
