#include "tensor/context.h"

#include <utility>

#include "runtime/errors.h"

namespace parascan {

Context::Context() : kernels_(kernels()), device_(std::shared_ptr<BlockSource>(), &Allocator::cpu()) {}

void Context::submit(Job job) {
  if (capturing_)
    capturing_->append(std::move(job));
  else
    stream().enqueue(std::move(job));
}

void Context::beginCapture() {
  if (capturing_) throw StateError("a program is being captured already");
  capturing_ = std::make_shared<Program>(std::make_shared<PrivatePool>(Allocator::cpu()));
}

std::shared_ptr<Program> Context::endCapture() {
  if (!capturing_) throw StateError("no program is being captured");
  return std::exchange(capturing_, nullptr);
}

}  // namespace parascan
