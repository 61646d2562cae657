// Brings results from the stream's thread back to JavaScript. Jobs hold it by shared_ptr and may outlive the
// environment, a Worker that was terminated for one; what they deliver then is dropped.
#pragma once

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace parascan {

using Delivery = std::function<void(Napi::Env env)>;

class Courier {
 public:
  static std::shared_ptr<Courier> create(Napi::Env env);

  /// Runs `delivery` on the JavaScript thread; from any thread.
  void deliver(Delivery delivery);

  /// While promises are pending the event loop is kept alive; both on the JavaScript thread.
  void expect(Napi::Env env);
  void arrived(Napi::Env env);

  /// Whether the environment is gone. Long jobs look at it and stop.
  bool closed() const { return closed_; }

 private:
  static void call(Napi::Env env, Napi::Function, std::nullptr_t*, Delivery* delivery);
  using Channel = Napi::TypedThreadSafeFunction<std::nullptr_t, Delivery, call>;

  // Node deletes the thread-safe function when the environment ends even while jobs refer to it, so every use
  // is behind this gate.
  std::mutex gate_;
  std::atomic<bool> closed_{false};
  Channel channel_;
  int pending_ = 0;
};

}  // namespace parascan
