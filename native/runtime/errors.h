// The failures of the engine, by whose fault they are. The binding turns each into the JavaScript error of
// its name.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace parascan {

/// An argument of the wrong kind.
struct TypeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// An argument of the right kind with a value that cannot be: shape, size, index, option.
struct RangeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Anything else that a program may meet and handle: a released handle, exhausted memory.
struct StateError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Joins its arguments into one message.
template <typename... Parts>
std::string message(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

}  // namespace parascan
