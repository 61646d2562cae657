// The addon's entry point: one instance per JavaScript environment, and every function of
// lib/native/addon.ts.
#include "binding/call.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  try {
    env.SetInstanceData(new parascan::Instance(env));
  } catch (const parascan::RangeError& error) {
    throw Napi::RangeError::New(env, error.what());
  }
  parascan::defineRuntime(exports);
  parascan::defineTensors(exports);
  parascan::defineOps(exports);
  parascan::defineScans(exports);
  parascan::defineMatrixScans(exports);
  parascan::definePrograms(exports);
  parascan::defineHardware(exports);
  parascan::definePareto(exports);
  parascan::defineLinearAlgebra(exports);
  parascan::defineComparison(exports);
  parascan::defineReference(exports);
  parascan::defineReferenceMatrixScans(exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(parascan, init)
