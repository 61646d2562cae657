#include "hardware/system-file.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace parascan {

std::optional<std::string> readText(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  // Some files of sysfs open and fail on the first read.
  if (!file || !(text << file.rdbuf())) return std::nullopt;
  std::string content = text.str();
  while (!content.empty() && std::isspace(static_cast<unsigned char>(content.back()))) content.pop_back();
  return content;
}

std::optional<double> readNumber(const std::string& path) {
  const auto text = readText(path);
  if (!text) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(text->c_str(), &end);
  if (end == text->c_str()) return std::nullopt;
  return number;
}

std::optional<std::string> field(const std::string& text, const std::string& key) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    const size_t separator = line.find_first_not_of(" \t", key.size());
    if (separator == std::string::npos || (line[separator] != ':' && line[separator] != '=')) continue;
    const size_t begin = line.find_first_not_of(" \t\"", separator + 1);
    const size_t end = line.find_last_not_of(" \t\"");
    if (begin == std::string::npos || end < begin) return std::string();
    return line.substr(begin, end - begin + 1);
  }
  return std::nullopt;
}

std::vector<std::string> entries(const std::string& folder, const std::string& prefix) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (std::string name = entry.path().filename(); name.starts_with(prefix)) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace parascan
