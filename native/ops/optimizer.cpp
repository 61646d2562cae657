#include "ops/optimizer.h"

namespace parascan {

Tensor adamW(Context& context, std::span<const AdamWParameter> parameters, const AdamWOptions& options) {
  std::vector<AdamWTensor> tensors;
  for (const AdamWParameter& p : parameters) {
    const Tensor gradient = gathered(p.parameter);
    if (!gradient) continue;
    requireShape("firstMoment", p.firstMoment, p.parameter.shape());
    requireShape("secondMoment", p.secondMoment, p.parameter.shape());
    if (!p.parameter.isContiguous()) throw RangeError("`parameters` must be whole tensors, got a view");
    tensors.push_back({.parameter = p.parameter.floats(),
                       .gradient = gradient.floats(),
                       .firstMoment = p.firstMoment.floats(),
                       .secondMoment = p.secondMoment.floats(),
                       .size = p.parameter.size(),
                       .learningRate = p.learningRate,
                       .weightDecay = p.weightDecay});
  }
  const Tensor clip = empty(context, {2});
  context.launch([tensors = std::move(tensors), options, clip = clip.floats()](const KernelTable& kernels,
                                                                               const Launch& launch) {
    const int64_t count = static_cast<int64_t>(tensors.size());
    kernels.optimizer->gradientNorm(launch, {count, tensors.data(), options.maxNorm, clip});
    kernels.optimizer->adamW(
        launch, {count, tensors.data(), options.beta1, options.beta2, options.eps, options.step, clip});
  });
  return clip;
}

}  // namespace parascan
