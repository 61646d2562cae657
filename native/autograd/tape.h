// Reverse-mode differentiation. Every op that touches a tensor wanting a gradient records a Node; `backward`
// runs the nodes that lead to a result in the reverse of the order they were recorded in. It knows ops only
// by their nodes.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "tensor/context.h"
#include "tensor/tensor.h"

namespace parascan {

struct Node;

/// The gradient of one root tensor, shared by all its views.
struct GradientState {
  int64_t rootSize = 0;            // elements of the root's buffer: the gradient has the same geometry
  std::shared_ptr<Buffer> buffer;  // null until a gradient arrives; zero-filled, then added to
  std::shared_ptr<Node> producer;  // null for leaves
};

/// Gradients of an op's outputs, in the order they were recorded; an empty Tensor where none arrived.
using OutputGradients = std::span<const Tensor>;
using Backward = std::function<void(Context& context, OutputGradients gradients)>;

/// Makes a leaf that gathers a gradient. Throws if the tensor is a view, an index tensor, or was made by an
/// op.
void requireGradient(Tensor& leaf);

/// Whether an op over these inputs is to be recorded now.
bool recording(const Context& context, std::initializer_list<const Tensor*> inputs);

/// Records that `outputs` were made from `inputs`; does nothing unless recording. `backward` adds to the
/// inputs' gradients (gradientOf) and must hold outputs only as detached tensors.
void record(Context& context, std::span<const Tensor> inputs, std::span<Tensor* const> outputs,
            Backward backward);

/// The gradient tensor of an input, to be added to, zero-filled on first use; empty if it wants none.
Tensor gradientOf(Context& context, const Tensor& input);

/// The gradient gathered so far, or empty.
Tensor gathered(const Tensor& tensor);

/// Drops what was gathered.
void clearGradient(const Tensor& tensor);

/// Adds d(root)/d(leaf) to the gradient of every leaf that root was made from; root holds one element, unless
/// `seed` (of root's shape) is given. Nodes are freed on the way, so a graph is walked once.
void backward(Context& context, const Tensor& root, const Tensor& seed = {});

}  // namespace parascan
