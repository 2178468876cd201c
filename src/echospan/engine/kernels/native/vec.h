// One vector of floats, as wide as the instruction set that this file is compiled for.
//
// Arithmetic is the compilers' own vector extension (GCC, Clang), so that the same text is SSE,
// AVX2, AVX-512 or NEON. Only what the extension lacks, a partial load and store, is written apart.
//
// No standard header beyond the C types: an inline function of theirs, compiled here for AVX-512 and
// kept by the linker for the whole library, would stop an older processor.
#pragma once

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))
#define INLINE_MEMBER __attribute__((always_inline))

#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX2__)
#define LANES 8
#else
#define LANES 4
#endif

// Rows of a register tile of four vectors: as many as leave registers for the operands.
#if defined(__AVX512F__) || defined(__aarch64__)
#define TILE_ROWS 6
#else
#define TILE_ROWS 3
#endif

namespace {

typedef float Vec __attribute__((vector_size(LANES * 4)));
typedef int32_t Ints __attribute__((vector_size(LANES * 4)));
typedef float Unaligned __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

INLINE Vec load(const float* from) { return *reinterpret_cast<const Unaligned*>(from); }
INLINE void store(float* to, Vec value) { *reinterpret_cast<Unaligned*>(to) = value; }
INLINE Vec fill(float value) { return Vec{} + value; }

// The first `count` (1 to LANES) numbers; the other lanes are `rest`, and their memory is not touched.
INLINE Vec load(const float* from, ptrdiff_t count, Vec rest = Vec{}) {
  if (count >= LANES) return load(from);
#if defined(__AVX512F__)
  return (Vec)_mm512_mask_loadu_ps((__m512)rest, (__mmask16)((1u << count) - 1), from);
#else
  Vec value = rest;
  for (ptrdiff_t i = 0; i < count; ++i) value[i] = from[i];
  return value;
#endif
}

INLINE void store(float* to, Vec value, ptrdiff_t count) {
  if (count >= LANES) return store(to, value);
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(to, (__mmask16)((1u << count) - 1), (__m512)value);
#else
  for (ptrdiff_t i = 0; i < count; ++i) to[i] = value[i];
#endif
}

// The lanes' numbers, from `first`.
INLINE Ints lanes(int32_t first) {
  Ints value;
#pragma GCC unroll 16
  for (int i = 0; i < LANES; ++i) value[i] = i;
  return value + first;
}

// Between -bound and bound; a NaN stays one.
INLINE Vec clamp(Vec x, float bound) {
#if defined(__AVX512F__)
  return (Vec)_mm512_max_ps((__m512)fill(-bound), _mm512_min_ps((__m512)fill(bound), (__m512)x));
#elif defined(__AVX2__)
  return (Vec)_mm256_max_ps((__m256)fill(-bound), _mm256_min_ps((__m256)fill(bound), (__m256)x));
#else
  x = x > bound ? fill(bound) : x;
  return x < -bound ? fill(-bound) : x;
#endif
}

// The functions below take several vectors in step: one alone would wait for itself most of the time.
#define EACH _Pragma("GCC unroll 8") for (int i = 0; i < N; ++i)

// e^x as scale * (1 + rest): scale is a power of two, |rest| < 0.42. For |x| <= 87.
template <int N>
struct Powers {
  Vec scale[N], rest[N];

  INLINE_MEMBER explicit Powers(const Vec (&x)[N]) {
    // Adding 1.5 * 2^23 + 127 rounds to an integer and leaves it in the low bits, as an exponent is.
    const float round = 12583039.0f;
    Vec n[N], r[N], q[N];
    EACH scale[i] = x[i] * 1.44269504f + round;
    EACH n[i] = scale[i] - round;
    // ln 2 in two parts, the first with so few bits that its product with n is exact.
    EACH r[i] = x[i] - n[i] * 0.693145752f;
    EACH r[i] = r[i] - n[i] * 1.42860677e-6f;
    EACH scale[i] = (Vec)((Ints)scale[i] << 23);
    // (e^r - 1 - r) / r^2 on |r| <= ln 2 / 2, interpolated at Chebyshev's nodes.
    EACH q[i] = 1.393454452e-3f * r[i] + 8.363776467e-3f;
    EACH q[i] = q[i] * r[i] + 4.166645678e-2f;
    EACH q[i] = q[i] * r[i] + 1.666657336e-1f;
    EACH q[i] = q[i] * r[i] + 5.000000014e-1f;
    EACH rest[i] = q[i] * (r[i] * r[i]) + r[i];
  }
};

template <int N>
INLINE void sigmoid(Vec (&x)[N]) {
  EACH x[i] = -clamp(x[i], 87.0f);
  const Powers<N> p(x);
  EACH x[i] = p.scale[i] * p.rest[i] + (p.scale[i] + 1.0f);
  EACH x[i] = 1.0f / x[i];
}

template <int N>
INLINE void tanh(Vec (&x)[N]) {
  // (e^2x - 1) / (e^2x + 1); the numerator keeps its digits near zero.
  EACH x[i] = 2.0f * clamp(x[i], 10.0f);
  const Powers<N> p(x);
  EACH x[i] = p.scale[i] * p.rest[i] + (p.scale[i] - 1.0f);
  EACH x[i] = x[i] / (x[i] + 2.0f);
}

// e^x for x <= 0; zero below -87, where it would soon be no normal number.
INLINE Vec exp_of_negative(Vec x) {
  const Vec one[1] = {x < -87.0f ? fill(-87.0f) : x};
  const Powers<1> p(one);
  return x < -87.0f ? Vec{} : p.scale[0] * p.rest[0] + p.scale[0];
}

INLINE Vec largest(Vec a, Vec b) { return a > b ? a : b; }

INLINE Vec least(Vec a, Vec b) { return a < b ? a : b; }

INLINE float largest(Vec x) {
#if defined(__AVX512F__)
  return _mm512_reduce_max_ps((__m512)x);
#else
  float top = x[0];
  for (int i = 1; i < LANES; ++i) top = x[i] > top ? x[i] : top;
  return top;
#endif
}

INLINE float least(Vec x) { return -largest(-x); }

INLINE float sum(Vec x) {
#if defined(__AVX512F__)
  return _mm512_reduce_add_ps((__m512)x);
#else
  float total = 0;
  for (int i = 0; i < LANES; ++i) total += x[i];
  return total;
#endif
}

INLINE Vec sigmoid(Vec x) {
  Vec one[1] = {x};
  sigmoid(one);
  return one[0];
}

INLINE Vec tanh(Vec x) {
  Vec one[1] = {x};
  tanh(one);
  return one[0];
}

}  // namespace
