// The lower-left boundary of points in the plane: x ascending, y descending, no point weakly dominating
// another. Kept in one sorted array, whose short moves beat a tree at the sizes that fronts have.
#pragma once

#include <cstddef>
#include <vector>

namespace parascan {

class Staircase {
 public:
  struct Point {
    double x, y;
  };

  /// Whether a point of the staircase is at most (x, y) in both coordinates.
  bool dominates(double x, double y) const {
    const size_t after = firstBeyond(x);
    return after > 0 && points_[after - 1].y <= y;
  }

  /// Adds a point that the staircase does not dominate, and drops those it dominates. Returns the area
  /// between the old and the new staircase, left of and below the corner.
  double insert(double x, double y, Point corner = {0, 0});

  bool empty() const { return points_.empty(); }

 private:
  /// Index of the first point right of x.
  size_t firstBeyond(double x) const;

  std::vector<Point> points_;
};

}  // namespace parascan
