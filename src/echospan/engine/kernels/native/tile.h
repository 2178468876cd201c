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

// The left operand of a product, by one stride: the other is known to the compiler, so that the
// addresses cost next to nothing.
struct ByRow {  // (rows, depth)
  const float* data;
  ptrdiff_t row;

  ByRow from(ptrdiff_t r) const { return {data + r * row, row}; }
  float at(ptrdiff_t r, ptrdiff_t k) const { return data[r * row + k]; }
};

struct ByColumn {  // (depth, rows)
  const float* data;
  ptrdiff_t column;

  ByColumn from(ptrdiff_t r) const { return {data + r, column}; }
  float at(ptrdiff_t r, ptrdiff_t k) const { return data[k * column + r]; }
};

// The right operand: row k is at data + k * row; its vectors are `column` apart.
struct Vectors {
  const float* data;
  ptrdiff_t row, column;
};

// sum += left * right over `depth`.
template <int ROWS, int VECS, class Left>
INLINE void multiply(Vec (&sum)[ROWS][VECS], Left left, Vectors right, ptrdiff_t depth) {
  ptrdiff_t k = 0;
  for (; k < depth; ++k) {
    Vec row[VECS];
#pragma GCC unroll 8
    for (int v = 0; v < VECS; ++v) row[v] = load(right.data + k * right.row + v * right.column);
#pragma GCC unroll 12
    for (int r = 0; r < ROWS; ++r) {
      const float factor = left.at(r, k);
#pragma GCC unroll 8
      for (int v = 0; v < VECS; ++v) sum[r][v] += factor * row[v];
    }
  }
}

// to (columns, rows) = from (rows, columns); the rows of either are that many floats apart.
INLINE void transpose(const float* from, ptrdiff_t from_row, ptrdiff_t rows, ptrdiff_t columns,
                      float* to, ptrdiff_t stride) {
  ptrdiff_t r = 0;
#if defined(__x86_64__)
  for (; r + 4 <= rows; r += 4) {
    const float* at = from + r * from_row;
    ptrdiff_t c = 0;
    for (; c + 4 <= columns; c += 4) {
      __m128 a = _mm_loadu_ps(at + c), b = _mm_loadu_ps(at + from_row + c);
      __m128 d = _mm_loadu_ps(at + 2 * from_row + c), e = _mm_loadu_ps(at + 3 * from_row + c);
      _MM_TRANSPOSE4_PS(a, b, d, e);
      float* out = to + c * stride + r;
      _mm_storeu_ps(out, a);
      _mm_storeu_ps(out + stride, b);
      _mm_storeu_ps(out + 2 * stride, d);
      _mm_storeu_ps(out + 3 * stride, e);
    }
    for (; c < columns; ++c)
      for (ptrdiff_t i = 0; i < 4; ++i) to[c * stride + r + i] = at[i * from_row + c];
  }
#endif
  for (; r < rows; ++r)
    for (ptrdiff_t c = 0; c < columns; ++c) to[c * stride + r] = from[r * from_row + c];
}

}  // namespace
