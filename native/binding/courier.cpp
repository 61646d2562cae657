#include "binding/courier.h"

namespace parascan {

std::shared_ptr<Courier> Courier::create(Napi::Env env) {
  auto courier = std::make_shared<Courier>();
  auto* keeper = new std::shared_ptr<Courier>(courier);
  courier->channel_ = Channel::New(
      env, "parascan", 0, 1, static_cast<std::nullptr_t*>(nullptr),
      [](Napi::Env, std::shared_ptr<Courier>* keeper, std::nullptr_t*) {
        {
          std::lock_guard lock((*keeper)->gate_);
          (*keeper)->closed_ = true;
        }
        delete keeper;
      },
      keeper);
  courier->channel_.Unref(env);
  return courier;
}

void Courier::deliver(Delivery delivery) {
  auto* parcel = new Delivery(std::move(delivery));
  std::lock_guard lock(gate_);
  if (closed_ || channel_.NonBlockingCall(parcel) != napi_ok) delete parcel;
}

void Courier::expect(Napi::Env env) {
  if (pending_++ == 0) channel_.Ref(env);
}

void Courier::arrived(Napi::Env env) {
  if (--pending_ == 0) channel_.Unref(env);
}

void Courier::call(Napi::Env env, Napi::Function, std::nullptr_t*, Delivery* delivery) {
  const std::unique_ptr<Delivery> owned(delivery);
  if (env == nullptr) return;
  Napi::HandleScope scope(env);
  (*owned)(env);
}

}  // namespace parascan
