// The scratch memory of a stream's kernels: a bump arena emptied after every kernel, which keeps its largest
// size.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

namespace parascan {

class Scratch {
 public:
  ~Scratch() { release(); }

  void* take(size_t bytes) {
    bytes = (std::max<size_t>(bytes, 1) + 63) & ~size_t{63};
    if (used_ + bytes > size_) {
      // Blocks already handed out must stay where they are, so growth opens a further block.
      const size_t fresh = bytes > size_ ? bytes : size_;
      void* block = std::aligned_alloc(64, fresh);
      if (!block) throw std::bad_alloc();
      blocks_.push_back(block);
      size_ = fresh;
      used_ = 0;
      total_ += fresh;
    }
    void* taken = static_cast<char*>(blocks_.back()) + used_;
    used_ += bytes;
    inUse_ += bytes;
    if (inUse_ > peak_.load(std::memory_order_relaxed)) peak_.store(inUse_, std::memory_order_relaxed);
    return taken;
  }

  /// Ends a kernel: everything taken is free again, in one block next time.
  void reset() {
    if (blocks_.size() > 1) {
      const size_t total = total_;
      release();
      void* block = std::aligned_alloc(64, total);
      if (block) {
        blocks_.push_back(block);
        size_ = total_ = total;
      }
    }
    used_ = inUse_ = 0;
  }

  size_t peak() const { return peak_.load(std::memory_order_relaxed); }
  void resetPeak() { peak_.store(0, std::memory_order_relaxed); }

 private:
  void release() {
    for (void* block : blocks_) std::free(block);
    blocks_.clear();
    size_ = used_ = total_ = 0;
  }

  std::vector<void*> blocks_;
  size_t size_ = 0, used_ = 0, total_ = 0, inUse_ = 0;
  std::atomic<size_t> peak_{0};
};

}  // namespace parascan
