#include "pareto/staircase.h"

#include <algorithm>

namespace parascan {

size_t Staircase::firstBeyond(double x) const {
  const auto beyond = std::upper_bound(points_.begin(), points_.end(), x,
                                       [](double value, const Point& point) { return value < point.x; });
  return static_cast<size_t>(beyond - points_.begin());
}

double Staircase::insert(double x, double y, Point corner) {
  size_t first = firstBeyond(x);
  // The one point that may share x lies above y, or it would dominate.
  if (first > 0 && points_[first - 1].x == x) --first;
  double ceiling = first > 0 ? points_[first - 1].y : corner.y;
  double left = x, area = 0;
  size_t last = first;
  for (; last < points_.size() && points_[last].y >= y; ++last) {
    area += (points_[last].x - left) * (ceiling - y);
    left = points_[last].x;
    ceiling = points_[last].y;
  }
  const double right = last < points_.size() ? points_[last].x : corner.x;
  area += (right - left) * (ceiling - y);
  const auto begin = points_.begin() + static_cast<std::ptrdiff_t>(first);
  if (last == first) {
    points_.insert(begin, {x, y});
  } else {
    *begin = {x, y};
    points_.erase(begin + 1, points_.begin() + static_cast<std::ptrdiff_t>(last));
  }
  return area;
}

}  // namespace parascan
