#include "ops/reshape.h"

namespace parascan {

Tensor reshape(Context& context, const Tensor& x, Dims shape) {
  const Dims asked = shape;
  int inferred = -1;
  int64_t known = 1;
  for (int dim = 0; dim < shape.rank(); ++dim) {
    if (shape[dim] == -1 && inferred < 0)
      inferred = dim;
    else
      known *= shape[dim];
  }
  if (inferred >= 0 && known > 0) shape[inferred] = x.size() / known;
  bool fits = shape.product() == x.size();
  for (int64_t size : shape) fits = fits && size >= 0;
  if (!fits)
    throw RangeError(message("`shape` must hold the ", x.size(), " elements of ", x.shape().text(), ", got ",
                             asked.text()));
  if (const auto view = tryReshape(x, shape)) return *view;
  return *tryReshape(contiguous(context, x), shape);
}

Tensor concat(Context& context, std::span<const Tensor> parts, int dim) {
  if (parts.empty()) throw RangeError("`tensors` must not be empty");
  dim = checkedDim("dim", dim, parts[0].rank());
  Dims shape = parts[0].shape();
  shape[dim] = 0;
  for (const Tensor& part : parts) {
    Dims wanted = shape;
    if (part.rank() == shape.rank()) wanted[dim] = part.dim(dim);
    requireShape("tensors", part, wanted);
    requireType("tensors", part);
    shape[dim] += part.dim(dim);
  }
  Tensor y = empty(context, shape);
  int64_t start = 0;
  for (const Tensor& part : parts) {
    copyInto(context, part, narrow(y, dim, start, part.dim(dim)), false);
    start += part.dim(dim);
  }
  record(context, parts, {{&y}},
         [dim, inputs = std::vector<Tensor>(parts.begin(), parts.end())](Context& context,
                                                                         OutputGradients gradients) {
           int64_t start = 0;
           for (const Tensor& input : inputs) {
             if (const Tensor dInput = gradientOf(context, input))
               copyInto(context, narrow(gradients[0], dim, start, input.dim(dim)), dInput, true);
             start += input.dim(dim);
           }
         });
  return y;
}

}  // namespace parascan
