// What an op needs besides its tensors: memory, the stream, and whether gradients are recorded. While a
// program is being captured, jobs go to the program instead of the stream and memory comes from its private
// pool.
#pragma once

#include <memory>

#include "kernels/kernels.h"
#include "runtime/dispatch.h"
#include "runtime/stream.h"
#include "tensor/program.h"

namespace parascan {

class Context {
 public:
  Context();

  Stream& stream() { return Stream::cpu(); }
  const std::shared_ptr<BlockSource>& memory() const { return capturing_ ? capturing_->pool() : device_; }

  /// Enqueues launch(kernels, Launch).
  template <typename F>
  void launch(F work) {
    const KernelTable& table = kernels_;
    submit([&table, work](const Launch& launch) { work(table, launch); });
  }

  /// Enqueues a job, or appends it to the program being captured.
  void submit(Job job);

  bool gradientEnabled() const { return gradientEnabled_ && !capturing_; }
  void setGradientEnabled(bool enabled) { gradientEnabled_ = enabled; }

  /// Captures everything submitted from now on. One at a time.
  void beginCapture();
  std::shared_ptr<Program> endCapture();
  bool capturing() const { return capturing_ != nullptr; }

  /// Tells a program being captured which memory it works on.
  void use(const std::shared_ptr<Buffer>& buffer) {
    if (capturing_) capturing_->keep(buffer);
  }

  /// Distinct for every call: the offset of random numbers.
  uint64_t nextOperation() { return ++operation_; }

 private:
  const KernelTable& kernels_;
  std::shared_ptr<BlockSource> device_;
  std::shared_ptr<Program> capturing_;
  bool gradientEnabled_ = true;
  uint64_t operation_ = 0;
};

}  // namespace parascan
