// Opens parascan-blas.so where the build found a BLAS.
#pragma once

#include <string>

#include "comparison/blas.h"

namespace parascan {

/// The BLAS behind the library at `path`, kept open for good. Throws StateError if it cannot be opened.
const BlasComparison& openBlas(const std::string& path);

}  // namespace parascan
