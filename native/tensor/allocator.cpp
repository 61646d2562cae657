#include "tensor/allocator.h"

#include <sys/mman.h>

#include <bit>
#include <cstdlib>

#include "runtime/errors.h"

namespace parascan {
namespace {

/// Pages of Linux on the machines that have them, and where they are worth asking for.
constexpr size_t hugePage = 2 << 20, hugeFrom = 2 * hugePage;

/// Memory for a block. Scans read rows a token apart, each on a page of its own, and spend a tenth of their
/// time looking pages up unless these are huge; the system may decline.
void* allocate(size_t bytes) {
  void* data = std::aligned_alloc(bytes < hugeFrom ? 64 : hugePage, bytes);
  if (data && bytes >= hugeFrom) madvise(data, bytes / hugePage * hugePage, MADV_HUGEPAGE);
  return data;
}

}  // namespace

Allocator& Allocator::cpu() {
  static Allocator* allocator = new Allocator;
  return *allocator;
}

size_t Allocator::sizeClass(size_t bytes) {
  constexpr size_t smallest = 64;
  if (bytes <= smallest) return smallest;
  const size_t step = std::max(std::bit_floor(bytes - 1) / 4, smallest);
  return (bytes + step - 1) / step * step;
}

Block Allocator::take(size_t bytes) {
  const size_t size = sizeClass(bytes);
  std::lock_guard lock(mutex_);
  Block block{nullptr, size};
  auto found = free_.find(size);
  if (found != free_.end() && !found->second.empty()) {
    block.data = found->second.back();
    found->second.pop_back();
    stats_.cachedBytes -= size;
    ++stats_.reuses;
  } else {
    block.data = allocate(size);
    if (!block.data) throw StateError(message("out of memory: ", bytes, " bytes could not be allocated"));
    ++stats_.allocations;
  }
  stats_.liveBytes += size;
  stats_.peakBytes = std::max(stats_.peakBytes, stats_.liveBytes);
  return block;
}

void Allocator::giveBack(Block block) {
  std::lock_guard lock(mutex_);
  free_[block.bytes].push_back(block.data);
  stats_.liveBytes -= block.bytes;
  stats_.cachedBytes += block.bytes;
}

MemoryStats Allocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

void Allocator::resetPeak() {
  std::lock_guard lock(mutex_);
  stats_.peakBytes = stats_.liveBytes;
}

std::vector<void*> Allocator::takeCached() {
  std::lock_guard lock(mutex_);
  std::vector<void*> taken;
  for (auto& [size, blocks] : free_) taken.insert(taken.end(), blocks.begin(), blocks.end());
  free_.clear();
  stats_.cachedBytes = 0;
  return taken;
}

PrivatePool::~PrivatePool() {
  for (Block block : owned_) device_.giveBack(block);
}

Block PrivatePool::take(size_t bytes) {
  const size_t size = Allocator::sizeClass(bytes);
  std::lock_guard lock(mutex_);
  auto& blocks = free_[size];
  if (!blocks.empty()) {
    Block block{blocks.back(), size};
    blocks.pop_back();
    return block;
  }
  owned_.push_back(device_.take(bytes));
  bytes_ += size;
  return owned_.back();
}

void PrivatePool::giveBack(Block block) {
  std::lock_guard lock(mutex_);
  free_[block.bytes].push_back(block.data);
}

}  // namespace parascan
