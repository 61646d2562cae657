// Shapes and strided layouts: how the elements of a tensor lie in its buffer. Views change nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "kernels/elementwise.h"

namespace parascan {

/// Up to maxRank sizes or strides, by value.
class Dims {
 public:
  Dims() = default;
  Dims(std::initializer_list<int64_t> sizes) {
    for (int64_t size : sizes) push(size);
  }
  explicit Dims(std::span<const int64_t> sizes) {
    for (int64_t size : sizes) push(size);
  }

  int rank() const { return rank_; }
  int64_t operator[](int dim) const { return sizes_[dim < 0 ? dim + rank_ : dim]; }
  int64_t& operator[](int dim) { return sizes_[dim < 0 ? dim + rank_ : dim]; }
  const int64_t* begin() const { return sizes_.data(); }
  const int64_t* end() const { return sizes_.data() + rank_; }
  void push(int64_t size);
  void erase(int dim);
  int64_t product(int from, int to) const;
  int64_t product() const { return product(0, rank_); }
  bool operator==(const Dims& other) const;

  /// "[2, 3, 4]"
  std::string text() const;

 private:
  std::array<int64_t, maxRank> sizes_{};
  uint8_t rank_ = 0;  // a type that cannot be negative, or GCC warns of subscripts it takes for -2^31
};

struct Layout {
  Dims shape;
  Dims strides;  // in elements
  int64_t offset = 0;

  static Layout contiguous(const Dims& shape);

  int rank() const { return shape.rank(); }
  int64_t size() const { return shape.product(); }
  bool isContiguous() const;

  /// Whether the dimensions [from, to) can be walked with one stride, that of the last.
  bool collapses(int from, int to) const;

  /// Stride of the dimensions [from, to) seen as one; they must collapse. 0 for an empty range.
  int64_t strideOf(int from, int to) const;
};

}  // namespace parascan
