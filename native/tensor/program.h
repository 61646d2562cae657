// A captured sequence of jobs on fixed memory, to be replayed at no cost but the jobs' own: one call decodes
// a token through all layers, and a replay can be timed on the stream itself, without JavaScript in between.
#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "runtime/stream.h"
#include "tensor/allocator.h"

namespace parascan {

class Program {
 public:
  explicit Program(std::shared_ptr<PrivatePool> pool) : pool_(std::move(pool)), source_(pool_) {}

  void append(Job job) { jobs_.push_back(std::move(job)); }

  /// Keeps memory from outside for as long as the program: its jobs hold bare pointers to it.
  void keep(const std::shared_ptr<Buffer>& buffer) {
    if (buffer->source() != source_.get()) kept_.insert(buffer);
  }

  /// Runs all jobs, in order, inside a job of the stream.
  void run(const Launch& launch) const {
    for (const Job& job : jobs_) Stream::runInside(job, launch);
  }

  const std::shared_ptr<BlockSource>& pool() const { return source_; }
  size_t bytes() const { return pool_->bytes(); }
  size_t jobCount() const { return jobs_.size(); }

 private:
  std::shared_ptr<PrivatePool> pool_;
  std::shared_ptr<BlockSource> source_;
  std::unordered_set<std::shared_ptr<Buffer>> kept_;
  std::vector<Job> jobs_;
};

}  // namespace parascan
