#include "tensor/layout.h"

#include "runtime/errors.h"

namespace parascan {

void Dims::push(int64_t size) {
  if (rank_ == maxRank) throw RangeError(message("a tensor has at most ", maxRank, " dimensions"));
  sizes_[rank_++] = size;
}

void Dims::erase(int dim) {
  for (int d = dim; d + 1 < rank_; ++d) sizes_[d] = sizes_[d + 1];
  --rank_;
}

int64_t Dims::product(int from, int to) const {
  int64_t product = 1;
  for (int dim = from; dim < to; ++dim) product *= sizes_[dim];
  return product;
}

bool Dims::operator==(const Dims& other) const {
  if (rank_ != other.rank_) return false;
  for (int dim = 0; dim < rank_; ++dim)
    if (sizes_[dim] != other.sizes_[dim]) return false;
  return true;
}

std::string Dims::text() const {
  std::string text = "[";
  for (int dim = 0; dim < rank_; ++dim) text += (dim ? ", " : "") + std::to_string(sizes_[dim]);
  return text + "]";
}

Layout Layout::contiguous(const Dims& shape) {
  Layout layout{shape, shape, 0};
  int64_t stride = 1;
  for (int dim = shape.rank() - 1; dim >= 0; --dim) {
    layout.strides[dim] = stride;
    stride *= shape[dim];
  }
  return layout;
}

bool Layout::isContiguous() const {
  int64_t stride = 1;
  for (int dim = rank() - 1; dim >= 0; --dim) {
    if (shape[dim] != 1 && strides[dim] != stride) return false;
    stride *= shape[dim];
  }
  return true;
}

bool Layout::collapses(int from, int to) const {
  int64_t expected = -1;
  for (int dim = to - 1; dim >= from; --dim) {
    if (shape[dim] == 1) continue;
    if (expected >= 0 && strides[dim] != expected) return false;
    expected = strides[dim] * shape[dim];
  }
  return true;
}

int64_t Layout::strideOf(int from, int to) const {
  for (int dim = to - 1; dim >= from; --dim)
    if (shape[dim] != 1) return strides[dim];
  return to > from ? strides[to - 1] : 0;
}

}  // namespace parascan
