// The table of kernels a backend offers. The CPU fills one per instruction set (table.cpp), and dispatch.cpp
// chooses; ops are written once over this table. A new kernel family is a header, a source file and one line
// here and there.
#pragma once

#include "kernels/attention.h"
#include "kernels/cast.h"
#include "kernels/causal-conv.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/log-decay.h"
#include "kernels/matrix-scan.h"
#include "kernels/mlstm.h"
#include "kernels/optimizer.h"
#include "kernels/probe.h"
#include "kernels/random.h"
#include "kernels/rows.h"
#include "kernels/selective-scan.h"

namespace parascan {

struct KernelTable {
  const char* isa;
  int vectorBytes;
  const GemmKernels* gemm;
  const ElementwiseKernels* elementwise;
  const RowKernels* rows;
  const CastKernels* casts;
  const AttentionKernels* attention;
  const CausalConvKernels* causalConv;
  const LogDecayKernels* logDecay;
  const MatrixScanKernels* matrixScan;
  const MlstmKernels* mlstm;
  const SelectiveScanKernels* selectiveScan;
  const OptimizerKernels* optimizer;
  const RandomKernels* random;
  const ProbeKernels* probe;
};

}  // namespace parascan
