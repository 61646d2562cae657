#include "runtime/thread-pool.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>

#include "runtime/processor.h"

namespace parascan {
namespace {

// About 20 µs: kernels of one layer follow each other faster than a futex wakes a sleeper.
constexpr int spinsBeforeSleep = 1 << 10;

// Between one and two µs, by which a share may end later than another because its thread heard of the region
// later. To take over a task of it costs more than that, now and in the next region: its data move to other
// caches and back, which makes that share late again.
constexpr int spinsBeforeHelp = 1 << 6;

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr uint64_t mark(uint32_t region, int64_t count) {
  return uint64_t{region} << 32 | static_cast<uint64_t>(count);
}
constexpr bool marked(uint64_t word, uint32_t region) { return word >> 32 == region; }
constexpr int64_t countOf(uint64_t word) { return static_cast<uint32_t>(word); }

}  // namespace

ThreadPool& ThreadPool::shared() {
  static ThreadPool* pool = new ThreadPool;
  return *pool;
}

void ThreadPool::setThreads(int threads) {
  std::lock_guard lock(resize_);
  threads = std::clamp(threads, 1, mostThreads);
  while (static_cast<int>(workers_.size()) + 1 < threads) {
    const int thread = static_cast<int>(workers_.size()) + 1;
    workers_.emplace_back([this, thread] { work(thread); });
  }
  threads_.store(threads);
}

void ThreadPool::run(int64_t tasks, Body body, void* argument) {
  std::unique_lock lock(region_, std::try_to_lock);
  if (!lock.owns_lock() || tasks <= 1 || threads() == 1) {
    for (int64_t task = 0; task < tasks; ++task) body(argument, task, 0);
    return;
  }
  const Region region{number_.load(std::memory_order_relaxed) + 1,
                      body,
                      argument,
                      tasks,
                      static_cast<int>(std::min<int64_t>(threads(), tasks)),
                      currentProcessor()};
  // The caller's first task is its own before anybody knows of the region, so that no exchange delays it.
  shares_[0].taken.store(mark(region.number, 1), std::memory_order_release);
  publish(region);
  // Should a thread park just now and not be seen, others do its share this once. To call the same thread
  // twice, before it had a chance to run, would cost a system call.
  if (parked_.load(std::memory_order_relaxed) > 0 && parked_.exchange(0, std::memory_order_relaxed) > 0)
    number_.notify_all();

  region.body(argument, 0, 0);
  drain(region, 0, 1);
  for (int spins = 0; progress(region) != Progress::allEnded; ++spins) {
    if (spins < spinsBeforeSleep)
      pause();
    else
      std::this_thread::yield();
  }
}

void ThreadPool::work(int thread) {
  uint32_t seen = number_.load(std::memory_order_acquire);
  for (;;) {
    for (int spins = 0; spins < spinsBeforeSleep && number_.load(std::memory_order_acquire) == seen; ++spins)
      pause();
    const bool parks = number_.load(std::memory_order_acquire) == seen;
    if (parks) {
      parked_.fetch_add(1, std::memory_order_relaxed);
      number_.wait(seen, std::memory_order_acquire);
    }
    seen = number_.load(std::memory_order_acquire);
    const std::optional<Region> region = published(seen);
    if (!region || thread >= region->threads) continue;
    // Linux likes to wake a sleeper where its waker runs, and may leave it there for milliseconds although
    // other processors are idle, as it does in a virtual machine that describes no shared caches.
    if (parks && region->processor >= 0 && region->processor == currentProcessor())
      leaveProcessor(region->processor);
    drain(*region, thread, 0);
    // Others have looked at this thread's share. It is fetched back now and not when the next region waits.
    shares_[thread].taken.fetch_add(0, std::memory_order_relaxed);
  }
}

/// Releases every field, so that whoever reads one of them, too, finds `announced_` moved on.
void ThreadPool::publish(const Region& region) {
  announced_.store(region.number, std::memory_order_relaxed);
  body_.store(region.body, std::memory_order_release);
  argument_.store(region.argument, std::memory_order_release);
  tasks_.store(region.tasks, std::memory_order_release);
  regionThreads_.store(region.threads, std::memory_order_release);
  regionProcessor_.store(region.processor, std::memory_order_release);
  number_.store(region.number, std::memory_order_release);
}

/// The region of that number, or nothing where it has ended and the next is being written over it.
std::optional<ThreadPool::Region> ThreadPool::published(uint32_t number) const {
  const Region region{number,
                      body_.load(std::memory_order_acquire),
                      argument_.load(std::memory_order_acquire),
                      tasks_.load(std::memory_order_acquire),
                      regionThreads_.load(std::memory_order_acquire),
                      regionProcessor_.load(std::memory_order_acquire)};
  if (announced_.load(std::memory_order_relaxed) != number) return std::nullopt;
  return region;
}

/// Runs the tasks of the thread's own share, of which it has ended some, and then those that others leave.
void ThreadPool::drain(const Region& region, int thread, int64_t ended) {
  std::atomic<uint64_t>& published = shares_[thread].ended;
  const auto publish = [&] { published.store(mark(region.number, ended), std::memory_order_release); };
  publish();
  int64_t task = 0;
  for (; take(region, thread, task); ++ended) region.body(region.argument, task, thread);
  publish();
  Progress others = progress(region);
  for (int spins = 0; spins < spinsBeforeHelp && others == Progress::allBegun; ++spins) {
    pause();
    others = progress(region);
  }
  if (others == Progress::allEnded) return;
  for (int i = 1; i < region.threads; ++i) {
    while (take(region, (thread + i) % region.threads, task)) {
      region.body(region.argument, task, thread);
      ++ended;
      publish();
    }
  }
}

/// Takes the next task of a share, if there is one.
///
/// A share without the region's number is untouched, or a later region's: a thread may be late and know a
/// region that has ended. It must find nothing. Every share was then taken to its end under the number it
/// knows, so either the word still says that, or it carries a later number. Whoever wrote that had acquired
/// it from `number_`, so this thread, which acquires the word, sees that `number_` has moved on. Only the
/// caller marks its share before it moves on; but the caller's share is never untouched. Should the word
/// change in between, the exchange fails. If it succeeds, the task is this thread's alone, and its region
/// cannot end before the task has.
bool ThreadPool::take(const Region& region, int owner, int64_t& task) {
  const int64_t first = region.first(owner), count = region.first(owner + 1) - first;
  std::atomic<uint64_t>& taken = shares_[owner].taken;
  uint64_t word = taken.load(std::memory_order_acquire);
  for (;;) {
    const bool touched = marked(word, region.number);
    if (!touched && (owner == 0 || number_.load(std::memory_order_relaxed) != region.number)) return false;
    const int64_t next = touched ? countOf(word) : 0;
    if (next >= count) return false;
    if (taken.compare_exchange_weak(word, mark(region.number, next + 1), std::memory_order_acq_rel,
                                    std::memory_order_acquire)) {
      task = first + next;
      return true;
    }
  }
}

/// Whoever ran a task published it after its writes, which are visible to the caller by this.
ThreadPool::Progress ThreadPool::progress(const Region& region) const {
  int64_t ended = 0;
  bool begun = true;
  for (int thread = 0; thread < region.threads; ++thread) {
    const uint64_t word = shares_[thread].ended.load(std::memory_order_acquire);
    if (marked(word, region.number))
      ended += countOf(word);
    else
      begun = false;
  }
  if (ended == region.tasks) return Progress::allEnded;
  return begun ? Progress::allBegun : Progress::someAbsent;
}

}  // namespace parascan
