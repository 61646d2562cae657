#include "autograd/tape.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>

#include "runtime/errors.h"

namespace parascan {

struct Node {
  uint64_t sequence;
  std::vector<std::shared_ptr<GradientState>> inputs;
  struct Output {
    std::weak_ptr<GradientState> state;  // weak: the output owns this node
    Layout layout;
  };
  std::vector<Output> outputs;
  Backward backward;  // empty once run

  ~Node();
};

namespace {

std::atomic<uint64_t> sequence{0};

/// Orders a heap by the latest node first.
bool earlier(const std::shared_ptr<Node>& a, const std::shared_ptr<Node>& b) {
  return a->sequence < b->sequence;
}

Tensor gradientTensor(const GradientState& state, const Layout& layout) {
  return {state.buffer, layout, DataType::float32};
}

void ensureBuffer(Context& context, GradientState& state) {
  if (!state.buffer) state.buffer = zeros(context, {state.rootSize}).buffer();
}

void run(Context& context, Node& node) {
  std::vector<Tensor> gradients;
  std::vector<std::shared_ptr<GradientState>> states;
  bool any = false;
  for (const Node::Output& output : node.outputs) {
    auto state = output.state.lock();
    if (state && state->buffer) {
      gradients.push_back(gradientTensor(*state, output.layout));
      any = true;
    } else {
      gradients.emplace_back();
    }
    states.push_back(std::move(state));
  }
  if (any) node.backward(context, gradients);
  // What this node saved, and the gradients it has passed on, are memory for the next node.
  node.backward = nullptr;
  node.inputs.clear();
  for (auto& state : states)
    if (state) state->buffer = nullptr;
}

}  // namespace

/// A long chain of nodes owning each other would be destroyed recursively and overflow the stack.
Node::~Node() {
  std::vector<std::shared_ptr<GradientState>> pending = std::move(inputs);
  backward = nullptr;
  while (!pending.empty()) {
    std::shared_ptr<GradientState> state = std::move(pending.back());
    pending.pop_back();
    if (!state || state.use_count() > 1 || !state->producer || state->producer.use_count() > 1) continue;
    auto& inner = state->producer->inputs;
    pending.insert(pending.end(), std::make_move_iterator(inner.begin()),
                   std::make_move_iterator(inner.end()));
    inner.clear();
  }
}

void requireGradient(Tensor& leaf) {
  if (leaf.type() != DataType::float32)
    throw TypeError(
        message("only a float32 tensor gathers a gradient, this one holds ", nameOf(leaf.type())));
  if (leaf.gradientState()) {
    if (leaf.gradientState()->producer) throw StateError("only a tensor not made by an op can become a leaf");
    return;
  }
  if (!leaf.isContiguous() || leaf.layout().offset != 0)
    throw StateError("a view cannot become a leaf: require the gradient of the whole tensor");
  auto state = std::make_shared<GradientState>();
  state->rootSize = leaf.size();
  leaf.setGradientState(std::move(state));
}

bool recording(const Context& context, std::initializer_list<const Tensor*> inputs) {
  return context.gradientEnabled() && std::any_of(inputs.begin(), inputs.end(), [](const Tensor* input) {
           return bool(input->gradientState());
         });
}

void record(Context& context, std::span<const Tensor> inputs, std::span<Tensor* const> outputs,
            Backward backward) {
  if (!context.gradientEnabled()) return;
  auto node = std::make_shared<Node>();
  for (const Tensor& input : inputs)
    if (input.gradientState()) node->inputs.push_back(input.gradientState());
  if (node->inputs.empty()) return;
  node->sequence = ++sequence;
  node->backward = std::move(backward);
  for (Tensor* output : outputs) {
    auto state = std::make_shared<GradientState>();
    state->rootSize = output->size();
    state->producer = node;
    node->outputs.push_back({state, output->layout()});
    output->setGradientState(std::move(state));
  }
}

Tensor gradientOf(Context& context, const Tensor& input) {
  if (!input.gradientState()) return {};
  ensureBuffer(context, *input.gradientState());
  return gradientTensor(*input.gradientState(), input.layout());
}

Tensor gathered(const Tensor& tensor) {
  if (!tensor.gradientState() || !tensor.gradientState()->buffer) return {};
  return gradientTensor(*tensor.gradientState(), tensor.layout());
}

void clearGradient(const Tensor& tensor) {
  if (tensor.gradientState()) tensor.gradientState()->buffer = nullptr;
}

void backward(Context& context, const Tensor& root, const Tensor& seed) {
  if (!root.gradientState())
    throw StateError("`backward` needs a tensor made from one that requires a gradient");
  if (!seed && root.size() != 1)
    throw RangeError(message("`backward` of a tensor of shape ", root.shape().text(),
                             " needs a seed gradient: only a single element has an implied one"));
  if (seed && seed.shape() != root.shape())
    throw RangeError(message("`seed` must have shape ", root.shape().text(), ", got ", seed.shape().text()));
  if (seed && seed.type() != DataType::float32)
    throw TypeError(message("`seed` must hold float32, got ", nameOf(seed.type())));

  const std::shared_ptr<Node> last = root.gradientState()->producer;
  if (last && !last->backward) throw StateError("this graph was walked by an earlier `backward` and is gone");
  const Tensor start = gradientOf(context, root);
  UnaryArgs add{.op = UnaryOp::scale, .alpha = 1, .beta = 0, .accumulate = true};
  add.extent.rank = root.rank();
  const Tensor ones = seed ? seed : full(context, root.shape(), 1);
  for (int dim = 0; dim < root.rank(); ++dim) {
    add.extent.shape[dim] = root.dim(dim);
    add.xStrides.of[dim] = ones.stride(dim);
    add.yStrides.of[dim] = start.stride(dim);
  }
  add.x = ones.floats();
  add.y = start.floats();
  context.launch(
      [add](const KernelTable& kernels, const Launch& launch) { kernels.elementwise->unary(launch, add); });
  if (!last) return;

  std::vector<std::shared_ptr<Node>> heap{last};
  // A copy that an op made for itself has no owner but the nodes that read it, and they let go of it as they
  // are run: what arrives is kept here until the node that made it has passed it on.
  std::unordered_map<Node*, std::vector<std::shared_ptr<GradientState>>> arrived{{last.get(), {}}};
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), earlier);
    const std::shared_ptr<Node> node = std::move(heap.back());
    heap.pop_back();
    for (const auto& input : node->inputs) {
      const auto& producer = input->producer;
      if (!producer || !producer->backward) continue;
      const auto [states, fresh] = arrived.try_emplace(producer.get());
      states->second.push_back(input);
      if (!fresh) continue;
      heap.push_back(producer);
      std::push_heap(heap.begin(), heap.end(), earlier);
    }
    run(context, *node);
    arrived.erase(node.get());
  }
}

}  // namespace parascan
