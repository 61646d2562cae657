#include "comparison/library.h"

#include <dlfcn.h>

#include "runtime/errors.h"

namespace parascan {

const BlasComparison& openBlas(const std::string& path) {
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  const void* symbol = library ? dlsym(library, blasComparisonSymbol) : nullptr;
  if (!symbol) throw StateError(message("no BLAS to compare with: ", dlerror()));
  return *static_cast<const BlasComparison*>(symbol);
}

}  // namespace parascan
