// Gathers the kernels of one instruction set into its table.
#include "kernels/kernels.h"
#include "kernels/simd.h"

namespace parascan::PARASCAN_ISA {

extern const GemmKernels gemm;
extern const ElementwiseKernels elementwise;
extern const RowKernels rows;
extern const CastKernels casts;
extern const AttentionKernels attention;
extern const CausalConvKernels causalConv;
extern const LogDecayKernels logDecay;
extern const MatrixScanKernels matrixScan;
extern const MlstmKernels mlstm;
extern const SelectiveScanKernels selectiveScan;
extern const OptimizerKernels optimizer;
extern const RandomKernels random;
extern const ProbeKernels probe;

#define PARASCAN_STRING(x) #x
#define PARASCAN_NAME(x) PARASCAN_STRING(x)

extern const KernelTable table;
const KernelTable table = {
    .isa = PARASCAN_NAME(PARASCAN_ISA),
    .vectorBytes = lanes * 4,
    .gemm = &gemm,
    .elementwise = &elementwise,
    .rows = &rows,
    .casts = &casts,
    .attention = &attention,
    .causalConv = &causalConv,
    .logDecay = &logDecay,
    .matrixScan = &matrixScan,
    .mlstm = &mlstm,
    .selectiveScan = &selectiveScan,
    .optimizer = &optimizer,
    .random = &random,
    .probe = &probe,
};

}  // namespace parascan::PARASCAN_ISA
