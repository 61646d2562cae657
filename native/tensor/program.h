// A captured sequence of jobs on fixed memory, to be replayed at no cost but the jobs' own: one call decodes
// a token through all layers, and a replay can be timed on the stream itself, without JavaScript in between.
#pragma once

#include <memory>
#include <vector>

#include "runtime/stream.h"
#include "tensor/allocator.h"

namespace parascan {

class Program {
 public:
  explicit Program(std::shared_ptr<PrivatePool> pool) : pool_(std::move(pool)), source_(pool_) {}

  void append(Job job) { jobs_.push_back(std::move(job)); }

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
  std::vector<Job> jobs_;
};

}  // namespace parascan
