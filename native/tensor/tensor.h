// Tensors: a buffer, a layout over it, and the place where its gradient gathers.
//
// How the engine works, in one page:
//
//   * A Tensor is a cheap value (a shared pointer). `empty`, `upload` and the ops of native/ops make new
//   ones; `narrow`,
//     `reshape` and `transpose` make views that share the buffer.
//   * An op runs on the thread that calls it only as far as checking shapes and allocating its result. The
//   arithmetic
//     is a job on the device's stream (runtime/stream.h), so calling ops is cheap and never waits.
//   * Memory is refcounted on the calling thread. A job holds bare pointers: memory freed after the job was
//   enqueued can
//     only be handed to work that is enqueued later, and the stream is in order (tensor/allocator.h).
//   * A tensor that wants a gradient has a GradientState (autograd/tape.h), which its views share. Since the
//   gradient
//     buffer has the geometry of the data buffer, the gradient of a view is the same view of the gradient: a
//     sub-network made of views of a supernet's weights accumulates straight into the supernet's gradients.
//   * Everything an op needs besides its tensors is in the Context: where memory comes from, where jobs go,
//   whether
//     gradients are recorded. Each JavaScript environment has one.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "kernels/bfloat16.h"
#include "tensor/allocator.h"
#include "tensor/layout.h"

namespace parascan {

class Context;
struct GradientState;

/// bfloat16 is storage for weights: products and embeddings read it, ops/cast.h makes it.
enum class DataType { float32, int32, bfloat16 };

const char* nameOf(DataType type);
size_t elementBytes(DataType type);

class Tensor {
 public:
  Tensor() = default;
  Tensor(std::shared_ptr<Buffer> buffer, Layout layout, DataType type,
         std::shared_ptr<GradientState> gradient = {})
      : buffer_(std::move(buffer)), layout_(layout), type_(type), gradient_(std::move(gradient)) {}

  explicit operator bool() const { return buffer_ != nullptr; }

  DataType type() const { return type_; }
  const Layout& layout() const { return layout_; }
  const Dims& shape() const { return layout_.shape; }
  int rank() const { return layout_.rank(); }
  int64_t size() const { return layout_.size(); }
  int64_t dim(int dim) const { return layout_.shape[dim]; }
  int64_t stride(int dim) const { return layout_.strides[dim]; }
  bool isContiguous() const { return layout_.isContiguous(); }

  /// Address of the first element; to be touched by jobs only.
  float* floats() const { return static_cast<float*>(buffer_->data()) + layout_.offset; }
  int32_t* ints() const { return static_cast<int32_t*>(buffer_->data()) + layout_.offset; }
  Bfloat16* bfloats() const { return static_cast<Bfloat16*>(buffer_->data()) + layout_.offset; }

  const std::shared_ptr<Buffer>& buffer() const { return buffer_; }
  const std::shared_ptr<GradientState>& gradientState() const { return gradient_; }

  /// The same data under another layout; the gradient follows.
  Tensor view(Layout layout) const { return {buffer_, layout, type_, gradient_}; }

  /// The same data outside the tape. Backward functions keep these: with its gradient state a saved output
  /// would own the node that owns it.
  Tensor detached() const { return {buffer_, layout_, type_}; }

  void setGradientState(std::shared_ptr<GradientState> state) { gradient_ = std::move(state); }

 private:
  std::shared_ptr<Buffer> buffer_;
  Layout layout_;
  DataType type_ = DataType::float32;
  std::shared_ptr<GradientState> gradient_;
};

/// Uninitialised.
Tensor empty(Context& context, const Dims& shape, DataType type = DataType::float32);
Tensor zeros(Context& context, const Dims& shape);
Tensor full(Context& context, const Dims& shape, float value);

/// Copies host memory in stream order; `bytes` is copied before the call returns.
Tensor upload(Context& context, const Dims& shape, DataType type, const void* data);
/// Overwrites a contiguous tensor in stream order.
void write(Context& context, const Tensor& tensor, const void* data);

/// Elements [start, start + length) of a dimension. Copies nothing.
Tensor narrow(const Tensor& x, int dim, int64_t start, int64_t length);
/// Permutes the dimensions. Copies nothing.
Tensor permute(const Tensor& x, const Dims& order);
/// The view of the same elements under another shape, if the layout allows it.
std::optional<Tensor> tryReshape(const Tensor& x, const Dims& shape);

/// Throws RangeError unless dim is in [-rank, rank); returns it counted from the front.
int checkedDim(const char* name, int dim, int rank);

}  // namespace parascan
