#include "pareto/hypervolume.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "pareto/staircase.h"

namespace parascan {
namespace {

// Points live in rows of a flat array. While a volume is computed only their first `dims` columns count; rows
// are sorted by the last of these, the worst first, so that the limit sets of WFG lose that column.
//
//   rows       (count, width)
//   corner     (width), the reference point
struct Rows {
  size_t width;
  std::vector<double> values;

  size_t count() const { return values.size() / width; }
  double* operator[](size_t i) { return values.data() + i * width; }
  const double* operator[](size_t i) const { return values.data() + i * width; }
  void add(const double* row) { values.insert(values.end(), row, row + width); }
};

/// Sorted by column, greatest first; equal rows stay in their order.
void sortByColumn(Rows& rows, size_t column) {
  std::vector<uint32_t> order(rows.count());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return rows[a][column] > rows[b][column]; });
  Rows sorted{rows.width, {}};
  sorted.values.reserve(rows.values.size());
  for (const uint32_t i : order) sorted.add(rows[i]);
  rows = std::move(sorted);
}

bool weaklyDominates(const double* a, const double* b, size_t dims) {
  for (size_t k = 0; k < dims; ++k)
    if (a[k] > b[k]) return false;
  return true;
}

/// The rows that no other weakly dominates; of equal rows the first.
Rows nonDominated(const Rows& rows, size_t dims) {
  Rows kept{rows.width, {}};
  for (size_t i = 0; i < rows.count(); ++i) {
    bool dominated = false;
    for (size_t j = 0; j < rows.count() && !dominated; ++j)
      dominated = j != i && weaklyDominates(rows[j], rows[i], dims) &&
                  (j < i || !weaklyDominates(rows[i], rows[j], dims));
    if (!dominated) kept.add(rows[i]);
  }
  return kept;
}

/// Two objectives: the area under the staircase.
double area(const Rows& rows, const double* corner) {
  Staircase staircase;
  double sum = 0;
  for (size_t i = 0; i < rows.count(); ++i)
    if (!staircase.dominates(rows[i][0], rows[i][1]))
      sum += staircase.insert(rows[i][0], rows[i][1], {corner[0], corner[1]});
  return sum;
}

/// Three: a plane sweeps the third objective upwards, over the area of the points below it.
double sweep(const Rows& rows, const double* corner) {
  Staircase staircase;
  double volume = 0, section = 0;
  for (size_t i = rows.count(); i-- > 0;) {  // sorted with the greatest third objective first
    if (!staircase.dominates(rows[i][0], rows[i][1]))
      section += staircase.insert(rows[i][0], rows[i][1], {corner[0], corner[1]});
    const double above = i > 0 ? rows[i - 1][2] : corner[2];
    volume += section * (above - rows[i][2]);
  }
  return volume;
}

double volume(Rows rows, size_t dims, const double* corner);

/// The volume that `point` dominates and no row from `begin` on does, all of them at most it in column dims -
/// 1: its box less what the others, moved up to at least the point, dominate of it. Both share the height of
/// the point in that column, which is a factor.
double exclusive(const Rows& rows, size_t begin, const double* point, size_t dims, const double* corner) {
  Rows limited{rows.width, {}};
  limited.values.reserve((rows.count() - begin) * rows.width);
  for (size_t i = begin; i < rows.count(); ++i) {
    limited.add(rows[i]);
    double* row = limited[limited.count() - 1];
    for (size_t k = 0; k + 1 < dims; ++k) row[k] = std::max(row[k], point[k]);
  }
  double box = 1;
  for (size_t k = 0; k + 1 < dims; ++k) box *= corner[k] - point[k];
  const double shared = limited.count() > 0 ? volume(nonDominated(limited, dims - 1), dims - 1, corner) : 0;
  return (corner[dims - 1] - point[dims - 1]) * (box - shared);
}

/// WFG: every row's exclusive volume with respect to the rows after it.
double volume(Rows rows, size_t dims, const double* corner) {
  if (rows.count() == 0) return 0;
  if (dims == 1) {
    double least = rows[0][0];
    for (size_t i = 1; i < rows.count(); ++i) least = std::min(least, rows[i][0]);
    return corner[0] - least;
  }
  if (dims == 2) return area(rows, corner);
  sortByColumn(rows, dims - 1);
  if (dims == 3) return sweep(rows, corner);
  double sum = 0;
  for (size_t i = 0; i < rows.count(); ++i) sum += exclusive(rows, i + 1, rows[i], dims, corner);
  return sum;
}

bool below(const double* point, const double* corner, size_t dims) {
  for (size_t k = 0; k < dims; ++k)
    if (!(point[k] < corner[k])) return false;
  return true;
}

}  // namespace

double hypervolume(std::span<const double> points, std::span<const double> reference) {
  const size_t objectives = reference.size();
  Rows rows{objectives, {}};
  for (size_t i = 0; i < points.size(); i += objectives) {
    const double* point = points.data() + i;
    if (below(point, reference.data(), objectives)) rows.add(point);
  }
  if (objectives > 3) rows = nonDominated(rows, objectives);
  return volume(std::move(rows), objectives, reference.data());
}

std::vector<double> exclusiveVolumes(std::span<const double> points, std::span<const double> reference) {
  const size_t objectives = reference.size(), count = points.size() / objectives;
  const double* corner = reference.data();
  std::vector<double> volumes(count, 0.0);
  for (size_t i = 0; i < count; ++i) {
    const double* point = points.data() + i * objectives;
    if (!below(point, corner, objectives)) continue;
    // The part of its box that others dominate is what they dominate when moved up to at least the point.
    Rows limited{objectives, {}};
    limited.values.reserve(points.size());
    for (size_t j = 0; j < count; ++j) {
      const double* other = points.data() + j * objectives;
      if (j == i || !below(other, corner, objectives)) continue;
      limited.add(other);
      double* row = limited[limited.count() - 1];
      for (size_t k = 0; k < objectives; ++k) row[k] = std::max(row[k], point[k]);
    }
    if (objectives > 3) limited = nonDominated(limited, objectives);
    double box = 1;
    for (size_t k = 0; k < objectives; ++k) box *= corner[k] - point[k];
    volumes[i] = std::max(0.0, box - volume(std::move(limited), objectives, corner));
  }
  return volumes;
}

}  // namespace parascan
