// Reads the small text files in which Linux describes a machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace parascan {

/// The whole file without the line break at its end, or nothing if it cannot be read.
std::optional<std::string> readText(const std::string& path);

/// The whole number a file begins with.
std::optional<double> readNumber(const std::string& path);

/// What stands behind `key` and a colon or an equals sign, in the first line that begins with the key.
std::optional<std::string> field(const std::string& text, const std::string& key);

/// Names in a folder that begin with `prefix`, sorted; none if there is no such folder.
std::vector<std::string> entries(const std::string& folder, const std::string& prefix);

}  // namespace parascan
