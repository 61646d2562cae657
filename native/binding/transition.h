// The name of a scan's transition, as JavaScript spells it.
#pragma once

#include <string>

#include "kernels/matrix-scan.h"
#include "runtime/errors.h"

namespace parascan {

inline Transition transitionOf(const std::string& name) {
  if (name == "additive") return Transition::additive;
  if (name == "delta") return Transition::delta;
  if (name == "dplr") return Transition::dplr;
  throw RangeError(message("`transition` must be one of additive, delta, dplr, got \"", name, "\""));
}

}  // namespace parascan
