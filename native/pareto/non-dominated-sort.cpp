#include "pareto/non-dominated-sort.h"

#include <algorithm>
#include <numeric>

#include "pareto/staircase.h"

namespace parascan {
namespace {

/// Fronts that grow point by point, in lexicographic order of the points. So a point is dominated only by
/// earlier ones, and by one of a front only if by one of each front before it: its rank is found by binary
/// search.
template <typename Front>
class Fronts {
 public:
  int32_t add(const double* point) {
    const auto home = std::partition_point(fronts_.begin(), fronts_.end(),
                                           [&](const Front& front) { return front.dominates(point); });
    const auto rank = static_cast<int32_t>(home - fronts_.begin());
    if (home == fronts_.end()) fronts_.emplace_back(objectives_);
    fronts_[static_cast<size_t>(rank)].insert(point);
    return rank;
  }

  explicit Fronts(size_t objectives) : objectives_(objectives) {}

 private:
  size_t objectives_;
  std::vector<Front> fronts_;
};

/// One or two objectives: the last point of a front has its smallest last objective, and decides alone.
class ChainFront {
 public:
  explicit ChainFront(size_t objectives) : last_(objectives - 1) {}
  bool dominates(const double* point) const { return least_ <= point[last_]; }
  void insert(const double* point) { least_ = point[last_]; }

 private:
  size_t last_;
  double least_ = 0;
};

/// Three objectives: the first is settled by the order, the other two by their staircase.
class PlaneFront {
 public:
  explicit PlaneFront(size_t) {}
  bool dominates(const double* point) const { return staircase_.dominates(point[1], point[2]); }
  void insert(const double* point) { staircase_.insert(point[1], point[2]); }

 private:
  Staircase staircase_;
};

/// More: the points themselves, without the first objective, the latest first since it is the nearest.
class ListFront {
 public:
  explicit ListFront(size_t objectives) : width_(objectives - 1) {}

  bool dominates(const double* point) const {
    for (size_t end = values_.size(); end > 0; end -= width_) {
      const double* other = values_.data() + end - width_;
      size_t k = 0;
      while (k < width_ && other[k] <= point[k + 1]) ++k;
      if (k == width_) return true;
    }
    return false;
  }

  void insert(const double* point) { values_.insert(values_.end(), point + 1, point + 1 + width_); }

 private:
  size_t width_;
  std::vector<double> values_;
};

template <typename Front>
std::vector<int32_t> sortInto(std::span<const double> points, size_t objectives) {
  const size_t count = points.size() / objectives;
  const auto row = [&](uint32_t i) { return points.data() + i * objectives; };
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return std::lexicographical_compare(row(a), row(a) + objectives, row(b), row(b) + objectives);
  });
  std::vector<int32_t> ranks(count);
  Fronts<Front> fronts(objectives);
  for (size_t i = 0; i < count; ++i) {
    // Among different points in this order, "nowhere greater" is dominance; equal ones share a rank.
    const bool repeated = i > 0 && std::equal(row(order[i]), row(order[i]) + objectives, row(order[i - 1]));
    ranks[order[i]] = repeated ? ranks[order[i - 1]] : fronts.add(row(order[i]));
  }
  return ranks;
}

}  // namespace

std::vector<int32_t> nonDominatedSort(std::span<const double> points, size_t objectives) {
  if (objectives <= 2) return sortInto<ChainFront>(points, objectives);
  if (objectives == 3) return sortInto<PlaneFront>(points, objectives);
  return sortInto<ListFront>(points, objectives);
}

}  // namespace parascan
