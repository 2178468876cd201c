// Products of small matrices, held in registers while they are summed.
#pragma once

#include "vec.h"

namespace {

template <int N>
struct Count {
  static constexpr int value = N;
};

// Calls body(Count<n>, first) for blocks of rows that cover 0 .. rows, of nearly equal size.
template <int MOST, class Body>
INLINE void each_block(ptrdiff_t rows, Body body) {
  ptrdiff_t blocks = (rows + MOST - 1) / MOST;
  for (ptrdiff_t first = 0; first < rows; --blocks) {
    const ptrdiff_t size = (rows - first + blocks - 1) / blocks;
    switch (size) {
      case 1: body(Count<1>(), first); break;
      case 2: body(Count<2>(), first); break;
      case 3: body(Count<3>(), first); break;
#if TILE_ROWS > 3
      case 4: body(Count<4>(), first); break;
      case 5: body(Count<5>(), first); break;
      case 6: body(Count<6>(), first); break;
#endif
    }
    first += size;
  }
}

// A matrix by its strides, in floats.
struct Strided {
  const float* data;
  ptrdiff_t row, column;
};

// sum += left * right over `depth`. Row k of `right` is at right.data + k * right.row; its vectors
// are right.column apart.
template <int ROWS, int VECS>
INLINE void multiply(Vec (&sum)[ROWS][VECS], Strided left, Strided right, ptrdiff_t depth) {
  for (ptrdiff_t k = 0; k < depth; ++k) {
    Vec row[VECS];
#pragma GCC unroll 8
    for (int v = 0; v < VECS; ++v) row[v] = load(right.data + k * right.row + v * right.column);
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r) {
      const float factor = left.data[r * left.row + k * left.column];
#pragma GCC unroll 8
      for (int v = 0; v < VECS; ++v) sum[r][v] += factor * row[v];
    }
  }
}

}  // namespace
