// All kernels as XLA's custom calls, and the choice of the instruction set.
//
// Leading axes beyond those named in table.h are independent problems, one after another: that
// is how the calls look under `jax.vmap`. An absent array has no elements.

#include <string.h>

#include <atomic>
#include <initializer_list>

#include "parts.h"
#include "table.h"

extern const Table echospan_baseline;
#if defined(ECHOSPAN_X86)
extern const Table echospan_avx2, echospan_avx512;
#endif

namespace {

std::initializer_list<const Table*> usable() {
#if defined(ECHOSPAN_X86)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")) {
    static const auto all = {&echospan_avx512, &echospan_avx2, &echospan_baseline};
    return all;
  }
  if (avx2) {
    static const auto some = {&echospan_avx2, &echospan_baseline};
    return some;
  }
#endif
  static const auto one = {&echospan_baseline};
  return one;
}

std::atomic<const Table*>& chosen() {
  static std::atomic<const Table*> table{*usable().begin()};
  return table;
}

const Table* named(const char* name) {
  for (const Table* table : usable())
    if (strcmp(table->name, name) == 0) return table;
  return nullptr;
}

using F32 = ffi::Buffer<ffi::F32>;
using S32 = ffi::Buffer<ffi::S32>;
using Flags = ffi::Buffer<ffi::PRED>;
using Out = ffi::Result<F32>;

// The part of an array that belongs to problem `index` of `count`; null where the array is absent.
template <class Buffer>
auto part(Buffer& buffer, int64_t index, int64_t count) -> decltype(buffer.typed_data()) {
  const int64_t size = buffer.element_count();
  return size ? buffer.typed_data() + size / count * index : nullptr;
}

struct Problems {
  int64_t count;
  Sizes sizes;
};

// From the states' shape (..., steps, batch, units) and the input's (..., rows, gates * units).
Problems problems(F32::Dimensions states, F32::Dimensions input) {
  Problems found{1, {}};
  const size_t leading = states.size() - 3;
  for (size_t i = 0; i < leading; ++i) found.count *= states[i];
  found.sizes = {states[leading], states[leading + 1], states[leading + 2], input[input.size() - 2]};
  return found;
}

ffi::Error out_of_memory() {
  return ffi::Error(ffi::ErrorCode::kResourceExhausted, "Out of memory in a compiled kernel.");
}

template <Kind KIND>
ffi::Error forward(F32 input, S32 symbols, F32 bias, F32 candidate_bias, F32 recurrent, F32 h, F32 c,
                   Flags mask, Out states, Out last_cell, Out kept) {
  const Problems all = problems(states->dimensions(), input.dimensions());
  const Table* table = chosen();
  for (int64_t i = 0; i < all.count; ++i) {
    const Forward one{all.sizes,
                      part(input, i, all.count),
                      part(symbols, i, all.count),
                      part(bias, i, all.count),
                      part(candidate_bias, i, all.count),
                      part(recurrent, i, all.count),
                      part(h, i, all.count),
                      part(c, i, all.count),
                      part(mask, i, all.count),
                      part(*states, i, all.count),
                      part(*last_cell, i, all.count),
                      part(*kept, i, all.count)};
    if (!table->cells[KIND].forward(one)) return out_of_memory();
  }
  return ffi::Error::Success();
}

template <Kind KIND>
ffi::Error backward(F32 d_states, F32 d_last_h, F32 d_last_cell, F32 kept, F32 states,
                    F32 recurrent, F32 h, S32 symbols, Flags mask, Out d_input, Out d_bias, Out d_candidate_bias,
                    Out d_recurrent, Out d_h, Out d_c) {
  const Problems all = problems(states.dimensions(), d_input->dimensions());
  const Table* table = chosen();
  for (int64_t i = 0; i < all.count; ++i) {
    const Backward one{all.sizes,
                       part(d_states, i, all.count),
                       part(d_last_h, i, all.count),
                       part(d_last_cell, i, all.count),
                       part(kept, i, all.count),
                       part(states, i, all.count),
                       part(recurrent, i, all.count),
                       part(h, i, all.count),
                       part(symbols, i, all.count),
                       part(mask, i, all.count),
                       part(*d_input, i, all.count),
                       part(*d_bias, i, all.count),
                       part(*d_candidate_bias, i, all.count),
                       part(*d_recurrent, i, all.count),
                       part(*d_h, i, all.count),
                       part(*d_c, i, all.count)};
    if (!table->cells[KIND].backward(one)) return out_of_memory();
  }
  return ffi::Error::Success();
}

ptrdiff_t rows_of(const F32& x) {
  const auto shape = x.dimensions();
  return x.element_count() / shape[shape.size() - 1];
}

// Leading axes of the kernel are independent problems; those of `x` beyond them are one row after
// another.
struct Problem {
  int64_t count;
  Product sizes;
};

Problem problem(F32::Dimensions kernel, int64_t rows) {
  Problem found{1, {}};
  for (size_t i = 0; i + 2 < kernel.size(); ++i) found.count *= kernel[i];
  found.sizes.inputs = kernel[kernel.size() - 2];
  found.sizes.outputs = kernel[kernel.size() - 1];
  found.sizes.rows = rows / found.count;
  return found;
}

ffi::Error dense(ffi::ThreadPool pool, F32 x, F32 kernel, F32 bias, Out y) {
  const Table* table = chosen();
  Problem all = problem(kernel.dimensions(), rows_of(x));
  for (int64_t i = 0; i < all.count; ++i) {
    all.sizes.x = part(x, i, all.count);
    all.sizes.kernel = part(kernel, i, all.count);
    const Dense one{all.sizes, part(bias, i, all.count), part(*y, i, all.count)};
    const bool done = in_parts(pool, all.sizes.outputs, 64, all.sizes.rows * all.sizes.inputs,
                               [=](ptrdiff_t a, ptrdiff_t b) { return table->dense(one, a, b); });
    if (!done) return out_of_memory();
  }
  return ffi::Error::Success();
}

ffi::Error dense_gradients(ffi::ThreadPool pool, F32 x, F32 kernel, F32 d_y, Out d_x, Out d_kernel,
                           Out d_bias) {
  const Table* table = chosen();
  Problem all = problem(kernel.dimensions(), rows_of(x));
  const auto& [rows, inputs, outputs, _, __] = all.sizes;
  for (int64_t i = 0; i < all.count; ++i) {
    all.sizes.x = part(x, i, all.count);
    all.sizes.kernel = part(kernel, i, all.count);
    const DenseGradients one{all.sizes, part(d_y, i, all.count), part(*d_x, i, all.count),
                             part(*d_kernel, i, all.count), part(*d_bias, i, all.count)};
    const bool done =
        in_parts(pool, rows, 48, inputs * outputs,
                 [=](ptrdiff_t a, ptrdiff_t b) { return table->dense_rows(one, a, b); }) &&
        in_parts(pool, outputs, 64, rows * inputs,
                 [=](ptrdiff_t a, ptrdiff_t b) { return table->dense_columns(one, a, b); });
    if (!done) return out_of_memory();
  }
  return ffi::Error::Success();
}

// An exponential costs about as much as that many multiplications and additions.
constexpr ptrdiff_t EXPONENTIAL = 16;

ffi::Error loss(ffi::ThreadPool pool, F32 scores, S32 targets, Out top, Out total, Out gap,
                ffi::Result<S32> places) {
  const Table* table = chosen();
  const auto shape = scores.dimensions();
  const ptrdiff_t rows = targets.element_count(), classes = shape[shape.size() - 1];
  const Loss one{{rows, classes, scores.typed_data(), targets.typed_data()},
                 top->typed_data(), total->typed_data(), gap->typed_data(), places->typed_data()};
  in_parts(pool, rows, 1, EXPONENTIAL * classes, [=](ptrdiff_t a, ptrdiff_t b) {
    table->loss(one, a, b);
    return true;
  });
  return ffi::Error::Success();
}

ffi::Error loss_gradient(ffi::ThreadPool pool, F32 scores, S32 targets, F32 top, F32 total,
                         F32 d_loss, Out d_scores) {
  const Table* table = chosen();
  const auto shape = scores.dimensions();
  const ptrdiff_t rows = targets.element_count(), classes = shape[shape.size() - 1];
  const LossGradient one{{rows, classes, scores.typed_data(), targets.typed_data()},
                         top.typed_data(), total.typed_data(), d_loss.typed_data(),
                         d_scores->typed_data()};
  in_parts(pool, rows, 1, EXPONENTIAL * classes, [=](ptrdiff_t a, ptrdiff_t b) {
    table->loss_gradient(one, a, b);
    return true;
  });
  return ffi::Error::Success();
}

}  // namespace

#define HANDLERS(name, kind)                                                                       \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(echospan_##name##_forward, forward<kind>,                          \
                                ffi::Ffi::Bind()                                                   \
                                    .Arg<F32>().Arg<S32>().Arg<F32>().Arg<F32>()                   \
                                    .Arg<F32>().Arg<F32>().Arg<F32>().Arg<Flags>()                 \
                                    .Ret<F32>().Ret<F32>().Ret<F32>());                            \
  XLA_FFI_DEFINE_HANDLER_SYMBOL(echospan_##name##_backward, backward<kind>,                        \
                                ffi::Ffi::Bind()                                                   \
                                    .Arg<F32>().Arg<F32>().Arg<F32>().Arg<F32>()                   \
                                    .Arg<F32>().Arg<F32>().Arg<F32>().Arg<S32>().Arg<Flags>()                 \
                                    .Ret<F32>().Ret<F32>().Ret<F32>()                              \
                                    .Ret<F32>().Ret<F32>().Ret<F32>())

#pragma GCC visibility push(default)
HANDLERS(lstm, LSTM);
HANDLERS(gru, GRU);
HANDLERS(simple, SIMPLE);

XLA_FFI_DEFINE_HANDLER_SYMBOL(
    echospan_dense, dense,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<F32>().Arg<F32>().Arg<F32>().Ret<F32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(
    echospan_dense_gradients, dense_gradients,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<F32>().Arg<F32>().Arg<F32>()
        .Ret<F32>().Ret<F32>().Ret<F32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(
    echospan_loss, loss,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<F32>().Arg<S32>()
        .Ret<F32>().Ret<F32>().Ret<F32>().Ret<S32>());
XLA_FFI_DEFINE_HANDLER_SYMBOL(
    echospan_loss_gradient, loss_gradient,
    ffi::Ffi::Bind().Ctx<ffi::ThreadPool>().Arg<F32>().Arg<S32>().Arg<F32>().Arg<F32>().Arg<F32>()
        .Ret<F32>());
#pragma GCC visibility pop

// For Python, by way of ctypes.
#define EXPORT extern "C" __attribute__((visibility("default")))

EXPORT const char* echospan_instructions() { return chosen().load()->name; }

// The name of the n-th instruction set that this processor has, best first; null after the last.
EXPORT const char* echospan_usable(int n) {
  const auto all = usable();
  return n >= 0 && size_t(n) < all.size() ? all.begin()[n]->name : nullptr;
}

EXPORT bool echospan_choose(const char* name) {
  const Table* table = named(name);
  if (table) chosen() = table;
  return table != nullptr;
}

EXPORT int64_t echospan_kept(int kind) {
  return kind >= 0 && kind < KINDS ? chosen().load()->cells[kind].kept : 0;
}

EXPORT void echospan_sigmoid(const float* from, float* to, int64_t count) {
  chosen().load()->sigmoid(from, to, count);
}

EXPORT void echospan_tanh(const float* from, float* to, int64_t count) {
  chosen().load()->tanh(from, to, count);
}

// Raised with every change of the calls' arguments or results; `library.py` expects the same number.
EXPORT int echospan_interface() { return 2; }
