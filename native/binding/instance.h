// What the addon keeps for one JavaScript environment (the main thread or a Worker).
#pragma once

#include <napi.h>

#include <memory>

#include "binding/courier.h"
#include "binding/slot-table.h"
#include "tensor/context.h"
#include "tensor/program.h"
#include "tensor/tensor.h"

namespace parascan {

struct Instance {
  explicit Instance(Napi::Env env) : courier(Courier::create(env)) {}

  static Instance& of(Napi::Env env) { return *env.GetInstanceData<Instance>(); }

  Context context;
  SlotTable<Tensor> tensors{"tensor"};
  SlotTable<std::shared_ptr<Program>> programs{"program"};
  std::shared_ptr<Courier> courier;
};

}  // namespace parascan
