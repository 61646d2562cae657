// The caching allocator. A freed block is kept and handed out again at once: because every use of memory runs
// on the in-order stream, work enqueued after the new owner got the block runs after all work of the old
// owner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace parascan {

struct MemoryStats {
  size_t liveBytes = 0;    // in blocks that tensors hold
  size_t peakBytes = 0;    // largest liveBytes since the last reset
  size_t cachedBytes = 0;  // in free blocks kept for reuse
  uint64_t allocations = 0, reuses = 0;
};

struct Block {
  void* data = nullptr;
  size_t bytes = 0;  // of the size class, at least what was asked for
};

/// Where buffers come from and go back to: the device's allocator, or the private pool of a program.
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  virtual Block take(size_t bytes) = 0;
  virtual void giveBack(Block block) = 0;
};

class Allocator final : public BlockSource {
 public:
  static Allocator& cpu();

  Block take(size_t bytes) override;
  void giveBack(Block block) override;

  MemoryStats stats() const;
  void resetPeak();

  /// Takes all free blocks out of the cache, to be freed once the jobs queued so far have run.
  std::vector<void*> takeCached();

  /// Sizes come in four steps per power of two, so that nearly equal requests share blocks at most 25 % too
  /// large.
  static size_t sizeClass(size_t bytes);

 private:
  mutable std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_;
  MemoryStats stats_;
};

/// Memory of one captured program: it takes blocks from the device and keeps them until the program ends,
/// because every replay writes to the same addresses.
class PrivatePool final : public BlockSource {
 public:
  explicit PrivatePool(BlockSource& device) : device_(device) {}
  ~PrivatePool() override;

  Block take(size_t bytes) override;
  void giveBack(Block block) override;

  size_t bytes() const { return bytes_; }

 private:
  BlockSource& device_;
  std::mutex mutex_;
  std::map<size_t, std::vector<void*>> free_;
  std::vector<Block> owned_;
  size_t bytes_ = 0;
};

/// A block with an owner.
class Buffer {
 public:
  Buffer(std::shared_ptr<BlockSource> source, size_t bytes)
      : source_(std::move(source)), block_(source_->take(bytes)) {}
  ~Buffer() { source_->giveBack(block_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  void* data() const { return block_.data; }
  size_t bytes() const { return block_.bytes; }
  const BlockSource* source() const { return source_.get(); }

 private:
  std::shared_ptr<BlockSource> source_;
  Block block_;
};

}  // namespace parascan
