#include "runtime/stream.h"

#include <exception>
#include <utility>

#include "runtime/scratch.h"
#include "runtime/thread-pool.h"

namespace parascan {
namespace {

Scratch& scratch() {
  static Scratch* scratch = new Scratch;
  return *scratch;
}

Launch launchOnPool() {
  return {
      .context = nullptr,
      .threads = ThreadPool::shared().threads(),
      .parallel = [](void*, int64_t tasks, ThreadPool::Body body,
                     void* argument) { ThreadPool::shared().run(tasks, body, argument); },
      .scratch = [](void*, size_t bytes) { return scratch().take(bytes); },
  };
}

}  // namespace

Stream& Stream::cpu() {
  static Stream* stream = new Stream;
  return *stream;
}

Stream::Stream() {
  std::thread([this] { work(); }).detach();
}

void Stream::enqueue(Job job) {
  std::unique_lock lock(mutex_);
  drained_.wait(lock, [this] { return jobs_.size() < capacity; });
  jobs_.push_back(std::move(job));
  if (jobs_.size() == 1) filled_.notify_one();
}

void Stream::synchronize() {
  std::mutex gate;
  std::condition_variable reached;
  bool done = false;
  enqueue([&](const Launch&) {
    std::lock_guard lock(gate);
    done = true;
    reached.notify_one();
  });
  std::unique_lock lock(gate);
  reached.wait(lock, [&] { return done; });
}

void Stream::runInside(const Job& job, const Launch& launch) {
  job(launch);
  scratch().reset();
}

std::string Stream::takeFailure() {
  std::lock_guard lock(mutex_);
  return std::exchange(failure_, {});
}

size_t Stream::scratchPeak() const { return scratch().peak(); }
void Stream::resetScratchPeak() { scratch().resetPeak(); }

void Stream::work() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [this] { return !jobs_.empty(); });
      job = std::move(jobs_.front());
      jobs_.pop_front();
      if (jobs_.size() == capacity - 1) drained_.notify_all();
    }
    try {
      job(launchOnPool());
    } catch (const std::exception& error) {
      std::lock_guard lock(mutex_);
      if (failure_.empty()) failure_ = error.what();
    }
    scratch().reset();
  }
}

}  // namespace parascan
