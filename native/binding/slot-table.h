// Handles: numbers that name native objects of one JavaScript environment. A number crosses the border in 20
// ns where a wrapped object takes a microsecond, and needs no finaliser, which JavaScript would not run in a
// synchronous loop.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "runtime/errors.h"

namespace parascan {

template <typename T>
class SlotTable {
 public:
  explicit SlotTable(const char* what) : what_(what) {}

  /// Never 0, and exact as a double.
  double insert(T value) {
    uint32_t slot;
    if (free_.empty()) {
      slot = static_cast<uint32_t>(slots_.size());
      if (slot >= slotLimit) throw StateError(message("too many live handles of a ", what_));
      slots_.push_back({});
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].value = std::move(value);
    slots_[slot].live = true;
    return static_cast<double>(slots_[slot].generation) * slotLimit + slot;
  }

  T& at(double handle) {
    Slot* slot = find(handle);
    if (!slot) throw StateError(message("this ", what_, " was disposed of"));
    return slot->value;
  }

  /// Does nothing for a handle that was erased before.
  void erase(double handle) {
    Slot* slot = find(handle);
    if (!slot) return;
    slot->value = T();
    slot->live = false;
    ++slot->generation;
    free_.push_back(static_cast<uint32_t>(slot - slots_.data()));
  }

  size_t live() const { return slots_.size() - free_.size(); }

 private:
  static constexpr uint32_t slotLimit = 1u << 22;  // leaves 31 bits of generation in a double

  struct Slot {
    T value;
    uint32_t generation = 1;
    bool live = false;
  };

  Slot* find(double handle) {
    if (!(handle >= slotLimit)) return nullptr;
    const uint64_t bits = static_cast<uint64_t>(handle);
    const uint64_t slot = bits % slotLimit;
    if (slot >= slots_.size() || !slots_[slot].live || slots_[slot].generation != bits / slotLimit)
      return nullptr;
    return &slots_[slot];
  }

  const char* what_;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
};

}  // namespace parascan
