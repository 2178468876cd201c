// Memory for one call.
#pragma once

#include <stdlib.h>

#include "table.h"
#include "vec.h"

namespace {

// Rows are padded so that a whole vector may be read at their ends.
class Scratch {
 public:
  explicit Scratch(ptrdiff_t floats) {
    const size_t bytes = (size_t(floats + PADDING) * sizeof(float) + 63) / 64 * 64;
    start_ = next_ = static_cast<float*>(aligned_alloc(64, bytes));
  }
  ~Scratch() { free(start_); }
  Scratch(const Scratch&) = delete;
  explicit operator bool() const { return start_ != nullptr; }

  float* take(ptrdiff_t floats) {
    float* taken = next_;
    next_ += padded(floats);
    return taken;
  }

  float* zeros(ptrdiff_t floats) {
    float* taken = take(floats);
    __builtin_memset(taken, 0, padded(floats) * sizeof(float));
    return taken;
  }

 private:
  float *start_, *next_;
};

INLINE ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
INLINE ptrdiff_t most(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

}  // namespace
