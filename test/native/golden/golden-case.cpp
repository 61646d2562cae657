#include "golden-case.h"

#include <bit>
#include <stdexcept>

namespace parascan::golden {

static_assert(std::endian::native == std::endian::little, "numbers are read as they lie");

std::string GoldenCase::text(const std::string& name) const {
  const auto found = options.find(name);
  return found == options.end() ? "" : found->second;
}

std::vector<std::string> GoldenCase::under(const std::string& prefix) const {
  std::vector<std::string> names;
  for (const auto& [name, stored] : tensors)
    if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
  return names;
}

std::optional<GoldenCase> readCase(std::istream& file) {
  GoldenCase golden;
  int optionCount = 0, tensorCount = 0;
  if (!(file >> golden.name)) return std::nullopt;
  file >> golden.op >> optionCount >> tensorCount;
  for (int i = 0; i < optionCount; ++i) {
    std::string key;
    file >> key >> std::ws;
    std::getline(file, golden.options[key]);
  }
  for (int i = 0; i < tensorCount; ++i) {
    std::string name;
    int rank = 0;
    file >> name >> rank;
    StoredTensor stored;
    for (int dim = 0; dim < rank; ++dim) {
      int64_t size = 0;
      file >> size;
      stored.shape.push(size);
    }
    file.get();  // the end of the line
    stored.values.resize(static_cast<size_t>(stored.shape.product()));
    file.read(reinterpret_cast<char*>(stored.values.data()),
              static_cast<std::streamsize>(stored.values.size() * sizeof(float)));
    golden.tensors[name] = std::move(stored);
  }
  if (!file) throw std::runtime_error("the file ends within " + golden.name);
  return golden;
}

}  // namespace parascan::golden
