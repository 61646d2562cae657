// The float32 matrix product. Blocks of k are packed into panels in a first parallel pass and multiplied in
// register tiles in a second (the scheme of BLIS, Van Zee and van de Geijn 2015); what is too small or too
// thin to repay packing is read where it lies.
//
//   m, n, k   rows of c, columns of c, length of the sums
//   panel     tile rows of a (or tile columns of b) over one block of k
#include "kernels/gemm.h"

#include "kernels/gemm-pack.h"
#include "kernels/gemm-small.h"

namespace parascan::PARASCAN_ISA {
namespace {

// Panels of one block of k stay in the first two cache levels, packed blocks of a and b in the last.
constexpr int64_t longestK = 384;
constexpr int64_t mostRows = 1024;
constexpr int64_t mostColumns = 2048;
constexpr int64_t smallB = 16 << 10;  // floats

// Inner products run over blocks of k for which a stays in the first cache, interleaved where enough columns
// pay for that.
constexpr int64_t cachedDot = 8 << 10;  // floats
constexpr int64_t smallestPacked = 32;

// Multiplications that repay handing a task to a thread, and those that no single task should exceed.
constexpr int64_t smallestTask = 128 << 10;
constexpr int64_t largestTask = 8 << 20;
constexpr int64_t tasksWanted = 32;

constexpr int64_t least(int64_t x, int64_t y) { return x < y ? x : y; }
constexpr int64_t most(int64_t x, int64_t y) { return x > y ? x : y; }
constexpr int64_t ceilDivide(int64_t x, int64_t y) { return (x + y - 1) / y; }

/// Whether b is read by register tiles as it lies, which take float32 alone.
template <typename Right>
constexpr bool tilesRead = __is_same(Right, float);

/// How one matrix is multiplied. Depends on shape and strides alone, and so do the bits of the result.
struct Plan {
  bool dot;           // inner products along k instead of panels
  bool packA, packB;  // dot: gather a, gather b
  int vectors;        // width of a panel of b
  int64_t kBlock;
  int64_t rowBlock;
  int64_t columnBlock;
  int64_t floats;  // of scratch
};

template <typename Right>
Plan makePlan(const GemmArgsOf<Right>& g) {
  Plan plan{};
  const bool rowsLie = g.aCol == 1;     // k contiguous in a
  const bool columnsLie = g.bRow == 1;  // k contiguous in b
  const bool fewRows = columnsLie && g.m <= most(4, least(32, g.k / 12));
  const bool columnsGather = columnsLie || tilesRead<Right>;
  const bool fewColumns = rowsLie && columnsGather && g.n <= lanes / 2 && g.k >= 2 * lanes;
  if (fewRows || fewColumns) {
    const int64_t row = ceilDivide(g.k, lanes) * lanes;
    plan.dot = true;
    plan.packA = !rowsLie || (g.m > 1 && g.n >= smallestPacked);
    plan.packB = !columnsLie;
    const int64_t kBlocks = g.n >= g.m ? most(1, ceilDivide(g.m * g.k, cachedDot)) : 1;
    plan.kBlock = ceilDivide(most(row, lanes), kBlocks * lanes) * lanes;
    plan.floats = (plan.packA ? g.m : 0) * row + (plan.packB ? g.n : 0) * row;
    return plan;
  }

  const int64_t rowPanels = ceilDivide(g.m, tileRows);
  const int widest = vectorsFor(ceilDivide(g.m, rowPanels));
  plan.vectors = widest >= 8 ? 8 : widest >= 4 ? 4 : widest >= 2 ? 2 : 1;
  const int64_t width = plan.vectors * lanes;
  const int64_t columnPanels = ceilDivide(g.n, width);
  // A small b is read from the first caches as it lies; long rows of a would evict each other there.
  const bool largeB = g.k * g.bRow > smallB || rowPanels >= 64;
  plan.packB = !tilesRead<Right> || g.bCol != 1 || (rowPanels >= 4 && largeB);
  plan.packA = columnPanels >= 4 || (columnPanels >= 2 && g.aCol == 1 && g.k > longestK);
  const int64_t kBlocks = rowPanels <= 2 && !plan.packB ? 1 : most(1, ceilDivide(g.k, longestK));
  plan.kBlock = ceilDivide(g.k, kBlocks);
  plan.rowBlock = least(g.m, mostRows);
  plan.columnBlock = least(g.n, mostColumns / width * width);

  const int64_t packedRows = plan.packA ? ceilDivide(plan.rowBlock, tileRows) : 0;
  const bool ragged = g.n % lanes != 0;
  const int64_t packedColumns = plan.packB ? ceilDivide(plan.columnBlock, width) : ragged;
  plan.floats = packedRows * panelFloats(tileRows, plan.kBlock) + packedColumns * plan.kBlock * width;
  return plan;
}

template <typename Right>
void multiplyDot(const Launch& launch, const GemmArgsOf<Right>& g, const Plan& plan, float* buffer) {
  const float* a = g.a;
  const Right* b = g.b;
  int64_t aRow = g.aRow;
  int64_t bCol = g.bCol;
  const int64_t row = ceilDivide(g.k, lanes) * lanes;
  const int64_t tileHeight = least(g.m, dotRows);
  const int64_t tileWidth = dotColumns(tileHeight);
  if (plan.packA) {
    for (int64_t i = 0; i < g.m; i += tileHeight)
      interleaveRows(a + i * aRow, aRow, g.aCol, least(tileHeight, g.m - i), g.k, buffer + i * row);
    a = buffer;
    aRow = row;
    buffer += g.m * row;
  }
  if constexpr (tilesRead<Right>) {
    if (plan.packB) {
      gatherRows(b, g.bRow, g.n, g.k, buffer, row, lanes);
      b = buffer;
      bCol = row;
    }
  }

  // The long side is cut into tasks; the short side is walked inside, against a tile that stays in cache.
  const bool wide = g.n >= g.m;
  const int64_t side = wide ? g.n : g.m;
  const int64_t unit = wide ? tileWidth : tileHeight;
  const int64_t perUnit = most(1, g.m * g.n * g.k / ceilDivide(side, unit));
  const int64_t target = most(smallestTask, least(largestTask, g.m * g.n * g.k / tasksWanted));
  const int64_t run = most(1, target / perUnit) * unit;
  // The next tile is fetched while this one meets several groups of rows. With one group it is read too soon
  // for that to pay, unless it is narrow.
  const int64_t ahead = g.m > tileHeight || !tilesRead<Right> ? tileWidth * bCol : 0;
  parallelFor(launch, ceilDivide(side, run), [&](int64_t task, int) {
    const int64_t from = task * run;
    const int64_t to = least(from + run, side);
    int64_t p = 0;
    do {
      const auto tileAt = [&](int64_t i, int64_t j, int64_t rowEnd, int64_t columnEnd) {
        const int64_t rows = least(tileHeight, rowEnd - i);
        DotTile<Right> tile;
        tile.a = a + i * aRow + p * (plan.packA ? rows : 1);
        tile.aRow = plan.packA ? lanes : aRow;
        tile.aStep = plan.packA ? rows * lanes : lanes;
        tile.b = b + j * bCol + p;
        tile.bCol = bCol;
        tile.bAhead = ahead;
        tile.k = least(plan.kBlock, g.k - p);
        tile.c = g.c + i * g.cRow + j;
        tile.cRow = g.cRow;
        tile.columns = static_cast<int>(least(tileWidth, columnEnd - j));
        tile.bias = g.bias && p == 0 ? g.bias + j : nullptr;
        tile.accumulate = g.accumulate || p > 0;
        dotKernel<dotRows, Right>(rows)(tile);
      };
      if (wide) {
        for (int64_t j = from; j < to; j += tileWidth)
          for (int64_t i = 0; i < g.m; i += tileHeight) tileAt(i, j, g.m, to);
      } else {
        for (int64_t i = from; i < to; i += tileHeight)
          for (int64_t j = 0; j < g.n; j += tileWidth) tileAt(i, j, to, g.n);
      }
      p += plan.kBlock;
    } while (p < g.k);
  });
}

/// One block of c over one block of k: the panels, and where they are packed.
template <typename Right>
struct Block {
  GemmArgsOf<Right> g;  // of this block alone
  int64_t rowPanels, columnPanels;
  float* packedA;  // or null
  float* packedB;  // null, all panels, or (packTail) the last one
  bool packTail;
};

template <typename Right>
int64_t panelStart(const Block<Right>& block, int64_t panel) {
  return panel * block.g.m / block.rowPanels;
}

template <typename Right>
void pack(const Launch& launch, const Block<Right>& block, const Plan& plan, bool packB) {
  const GemmArgsOf<Right>& g = block.g;
  const int64_t width = plan.vectors * lanes;
  const int64_t firstB = block.packTail ? block.columnPanels - 1 : 0;
  const int64_t tasksB = packB && block.packedB ? block.columnPanels - firstB : 0;
  constexpr int64_t panelsPerTask = 4;
  const int64_t tasksA = block.packedA ? ceilDivide(block.rowPanels, panelsPerTask) : 0;
  parallelFor(launch, tasksB + tasksA, [&](int64_t task, int) {
    if (task < tasksB) {
      const int64_t column = (firstB + task) * width;
      parascan::PARASCAN_ISA::packB(g.b + column * g.bCol, g.bRow, g.bCol, least(width, g.n - column),
                                    plan.vectors, g.k, block.packedB + task * width * g.k);
      return;
    }
    const int64_t first = (task - tasksB) * panelsPerTask;
    for (int64_t panel = first; panel < least(first + panelsPerTask, block.rowPanels); ++panel) {
      const int64_t row = panelStart(block, panel);
      packA(g.a + row * g.aRow, g.aRow, g.aCol, static_cast<int>(panelStart(block, panel + 1) - row), g.k,
            block.packedA + panel * panelFloats(tileRows, g.k));
    }
  });
}

template <typename Right>
void multiplyPanels(const Launch& launch, const Block<Right>& block, const Plan& plan) {
  const GemmArgsOf<Right>& g = block.g;
  const int64_t width = plan.vectors * lanes;
  const int64_t perTile = most(1, g.m * g.n * g.k / (block.rowPanels * block.columnPanels));
  const int64_t target = most(smallestTask, least(largestTask, g.m * g.n * g.k / tasksWanted));
  const int64_t tilesPerTask = most(1, target / perTile);
  // Tasks are tall rather than wide: a panel of b stays in the first cache while the panels of a pass.
  const int64_t columnRun = most(1, least(block.columnPanels, tilesPerTask / 4));
  const int64_t rowRun = least(block.rowPanels, most(1, tilesPerTask / columnRun));
  const int64_t rowTasks = ceilDivide(block.rowPanels, rowRun);
  const int64_t columnTasks = ceilDivide(block.columnPanels, columnRun);
  parallelFor(launch, rowTasks * columnTasks, [&](int64_t task, int) {
    const int64_t firstRow = task % rowTasks * rowRun;
    const int64_t firstColumn = task / rowTasks * columnRun;
    for (int64_t q = firstColumn; q < least(firstColumn + columnRun, block.columnPanels); ++q) {
      const int64_t column = q * width;
      const int64_t columns = least(width, g.n - column);
      const int vectors = static_cast<int>(ceilDivide(columns, lanes));
      Tile tile;
      if constexpr (tilesRead<Right>) tile.b = g.b + column * g.bCol;
      tile.bRow = g.bRow;
      tile.bAhead = width;  // the next panel: a strided b defeats the prefetcher of the processor
      if (block.packedB && (!block.packTail || q + 1 == block.columnPanels)) {
        tile.b = block.packedB + (block.packTail ? 0 : q * width * g.k);
        tile.bRow = width;
        tile.bAhead = 8 * width;
      }
      tile.k = g.k;
      tile.cRow = g.cRow;
      tile.lastColumns = static_cast<int>(columns - (vectors - 1) * lanes);
      tile.bias = g.bias ? g.bias + column : nullptr;
      tile.accumulate = g.accumulate;
      for (int64_t p = firstRow; p < least(firstRow + rowRun, block.rowPanels); ++p) {
        const int64_t row = panelStart(block, p);
        const int64_t rows = panelStart(block, p + 1) - row;
        tile.a = block.packedA ? block.packedA + p * panelFloats(tileRows, g.k) : g.a + row * g.aRow;
        tile.aRow = g.aRow;
        tile.aCol = g.aCol;
        tile.c = g.c + row * g.cRow + column;
        tiles.kernel[block.packedA != nullptr][rows - 1][vectors - 1](tile);
      }
    }
  });
}

/// One matrix product, g.batch aside.
template <typename Right>
void multiply(const Launch& launch, const GemmArgsOf<Right>& g, const Plan& plan, float* buffer) {
  if (plan.dot) return multiplyDot(launch, g, plan, buffer);
  const int64_t width = plan.vectors * lanes;
  int64_t p = 0;
  do {
    const int64_t kBlock = least(plan.kBlock, g.k - p);
    for (int64_t j = 0; j < g.n; j += plan.columnBlock) {
      for (int64_t i = 0; i < g.m; i += plan.rowBlock) {
        Block<Right> block{};
        block.g = g;
        block.g.m = least(plan.rowBlock, g.m - i);
        block.g.n = least(plan.columnBlock, g.n - j);
        block.g.k = kBlock;
        block.g.a = g.a + i * g.aRow + p * g.aCol;
        block.g.b = g.b + p * g.bRow + j * g.bCol;
        block.g.c = g.c + i * g.cRow + j;
        block.g.bias = p == 0 && g.bias ? g.bias + j : nullptr;
        block.g.accumulate = p > 0 || g.accumulate;
        block.rowPanels = ceilDivide(block.g.m, tileRows);
        block.columnPanels = ceilDivide(block.g.n, width);
        block.packTail = !plan.packB && block.g.n % lanes != 0;
        block.packedB = plan.packB || block.packTail ? buffer : nullptr;
        const int64_t packedColumns = plan.packB ? ceilDivide(plan.columnBlock, width) : (g.n % lanes != 0);
        block.packedA = plan.packA ? buffer + packedColumns * plan.kBlock * width : nullptr;
        pack(launch, block, plan, i == 0);
        multiplyPanels(launch, block, plan);
      }
    }
    p += kBlock;
  } while (p < g.k);
}

/// Joins the batch into the rows or into the sums where strides allow.
template <typename Right>
GemmArgsOf<Right> joined(const GemmArgsOf<Right>& args) {
  GemmArgsOf<Right> g = args;
  if (g.batch > 1 && g.bBatch == 0 && g.aBatch == g.m * g.aRow && g.cBatch == g.m * g.cRow) {
    g.m *= g.batch;
    g.batch = 1;
  }
  if (g.batch > 1 && g.cBatch == 0 && g.aBatch == g.k * g.aCol && g.bBatch == g.k * g.bRow) {
    g.k *= g.batch;
    g.batch = 1;
  }
  return g;
}

/// A column that lies as a row is computed as one: c' = b' a'.
GemmArgs turned(const GemmArgs& g) {
  if (g.n != 1 || g.m == 1 || g.cRow != 1 || g.bias) return g;
  GemmArgs turned = g;
  turned.m = 1;
  turned.n = g.m;
  turned.a = g.b;
  turned.aBatch = g.bBatch;
  turned.aRow = g.bCol;
  turned.aCol = g.bRow;
  turned.b = g.a;
  turned.bBatch = g.aBatch;
  turned.bRow = g.aCol;
  turned.bCol = g.aRow;
  return turned;
}

/// The left operand is float32.
const GemmArgsOf<Bfloat16>& turned(const GemmArgsOf<Bfloat16>& g) { return g; }

template <typename Right>
GemmArgsOf<Right> matrixOf(const GemmArgsOf<Right>& g, int64_t z) {
  GemmArgsOf<Right> one = g;
  one.a += z * g.aBatch;
  one.b += z * g.bBatch;
  one.c += z * g.cBatch;
  return one;
}

template <typename Right>
void runGemm(const Launch& launch, const GemmArgsOf<Right>& args) {
  if (args.batch == 0 || args.m == 0 || args.n == 0) return;
  const GemmArgsOf<Right> g = turned(joined(args));
  const Plan plan = makePlan(g);
  Launch alone = launch;
  alone.threads = 1;
  const int64_t work = g.m * g.n * g.k;
  const bool spread = g.batch > 1 && g.cBatch != 0 && work < largestTask;

  if (!spread) {
    const Launch& inner = work < smallestTask ? alone : launch;
    float* const buffer = plan.floats ? scratch<float>(launch, plan.floats) : nullptr;
    for (int64_t z = 0; z < g.batch; ++z) {
      GemmArgsOf<Right> one = matrixOf(g, z);
      if (z > 0 && g.cBatch == 0) {
        one.accumulate = true;
        one.bias = nullptr;
      }
      multiply(inner, one, plan, buffer);
    }
    return;
  }

  // Rounded up so that no two threads write to one cache line.
  const int64_t perThread = ceilDivide(plan.floats, 64) * 64;
  float* const buffers = perThread ? scratch<float>(launch, perThread * launch.threads) : nullptr;
  const int64_t run = most(1, smallestTask / most(1, work));
  parallelFor(launch, ceilDivide(g.batch, run), [&](int64_t task, int thread) {
    for (int64_t z = task * run; z < least((task + 1) * run, g.batch); ++z)
      multiply(alone, matrixOf(g, z), plan, buffers + thread * perThread);
  });
}

}  // namespace

extern const GemmKernels gemm;
const GemmKernels gemm = {.gemm = runGemm<float>, .gemmBfloat16 = runGemm<Bfloat16>};

}  // namespace parascan::PARASCAN_ISA
