// Work divided among the threads that XLA offers.
#pragma once

#include <stddef.h>

#include <atomic>
#include <memory>
#include <thread>

#include "xla/ffi/api/ffi.h"

namespace ffi = xla::ffi;

namespace {

// Multiplications and additions below which one thread is done before another has begun.
constexpr ptrdiff_t WORTH_A_THREAD = 8000000;

// Calls body(first, last) for parts that cover 0 .. count; False where one of them failed. A part
// begins at a multiple of `grain`; `work` is that of one of `count`.
//
// The calling thread takes parts like all others, and waits only for those that another has begun:
// so nobody waits for a thread that never comes. What belongs to the call outlives it for those.
template <class Body>
bool in_parts(ffi::ThreadPool pool, ptrdiff_t count, ptrdiff_t grain, ptrdiff_t work, Body body) {
  const ptrdiff_t grains = (count + grain - 1) / grain;
  const ptrdiff_t most = count * work / WORTH_A_THREAD;
  const ptrdiff_t threads = most > 1 ? pool.num_threads() : 1;
  if (threads < 2 || grains < 2) return body(0, count);

  struct Shared {
    std::atomic<ptrdiff_t> next{0}, done{0};
    std::atomic<bool> good{true};
  };
  const auto shared = std::make_shared<Shared>();
  // Several for each thread, so that a late one does not keep the others waiting.
  const ptrdiff_t parts = grains < 4 * threads ? grains : 4 * threads;
  const auto take = [=]() {
    for (ptrdiff_t i; (i = shared->next.fetch_add(1)) < parts;) {
      const ptrdiff_t first = grains * i / parts * grain, last = grains * (i + 1) / parts * grain;
      if (!body(first, last < count ? last : count)) shared->good = false;
      shared->done.fetch_add(1);
    }
  };
  const ptrdiff_t helpers = (most < threads ? most : threads) - 1;
  for (ptrdiff_t i = 0; i < helpers; ++i) pool.Schedule([=]() { take(); });
  take();
  while (shared->done.load() < parts) std::this_thread::yield();
  return shared->good;
}

}  // namespace
