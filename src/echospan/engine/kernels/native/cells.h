// The cells: Keras's equations for a vector of units, and their derivatives.
//
// `forward` gets the gates' sums of N rows, which it takes in step, and makes the new outputs of `h`,
// the old ones. With them go a few numbers for a unit,
// `kept`, from which `backward` makes the gradients of the sums: whatever does not depend on the
// gradient of the state is worked out on the way there. Where a cell needs the input's and the
// recurrent sum APART, each has its own bias.
#pragma once

#include "vec.h"

namespace {

// Gates i, f, g, o. Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000.
struct Lstm {
  static constexpr int GATES = 4, KEPT = 6, SLOTS = 4;
  static constexpr bool CELL = true, APART = false;

  template <int N>
  INLINE void forward(const Vec (&x)[GATES][N], const Vec (&inner)[GATES][N], Vec (&h)[N],
                      Vec (&c)[N], Vec (&kept)[KEPT][N]) {
    Vec i_[N], f[N], g[N], o[N], squashed[N];
    EACH i_[i] = x[0][i] + inner[0][i];
    sigmoid(i_);
    EACH f[i] = x[1][i] + inner[1][i];
    sigmoid(f);
    EACH g[i] = x[2][i] + inner[2][i];
    tanh(g);
    EACH {
      kept[0][i] = g[i] * i_[i] * (1.0f - i_[i]);
      kept[1][i] = c[i] * f[i] * (1.0f - f[i]);
      kept[2][i] = i_[i] * (1.0f - g[i] * g[i]);
      kept[4][i] = f[i];
      c[i] = f[i] * c[i] + i_[i] * g[i];
      squashed[i] = c[i];
    }
    EACH o[i] = x[3][i] + inner[3][i];
    sigmoid(o);
    tanh(squashed);
    EACH {
      kept[3][i] = squashed[i] * o[i] * (1.0f - o[i]);
      kept[5][i] = o[i] * (1.0f - squashed[i] * squashed[i]);
      h[i] = o[i] * squashed[i];
    }
  }

  // Gradients of the gates' sums; dh becomes what flows past them to the state before.
  INLINE void backward(const Vec* kept, Vec& dh, Vec& dc, Vec* dz) {
    dc += dh * kept[5];
    dz[0] = dc * kept[0];
    dz[1] = dc * kept[1];
    dz[2] = dc * kept[2];
    dz[3] = dh * kept[3];
    dc *= kept[4];
    dh = Vec{};
  }
};

// Gates z, r, h, the reset gate after the product (reset_after=True). Cho et al. 2014.
struct Gru {
  static constexpr int GATES = 3, KEPT = 5, SLOTS = 4;
  static constexpr bool CELL = false, APART = true;

  template <int N>
  INLINE void forward(const Vec (&x)[GATES][N], const Vec (&inner)[GATES][N], Vec (&h)[N],
                      Vec (&)[N], Vec (&kept)[KEPT][N]) {
    Vec z[N], r[N], candidate[N];
    EACH z[i] = x[0][i] + inner[0][i];
    sigmoid(z);
    EACH r[i] = x[1][i] + inner[1][i];
    sigmoid(r);
    EACH candidate[i] = x[2][i] + r[i] * inner[2][i];
    tanh(candidate);
    EACH {
      const Vec to_candidate = (1.0f - z[i]) * (1.0f - candidate[i] * candidate[i]);
      kept[0][i] = (h[i] - candidate[i]) * z[i] * (1.0f - z[i]);
      kept[1][i] = to_candidate * inner[2][i] * r[i] * (1.0f - r[i]);
      kept[2][i] = to_candidate;
      kept[3][i] = r[i];
      kept[4][i] = z[i];
      h[i] = z[i] * h[i] + (1.0f - z[i]) * candidate[i];
    }
  }

  // Slots 0 to 2 are what the recurrent product gets; slot 3 is the input's share of the third.
  INLINE void backward(const Vec* kept, Vec& dh, Vec&, Vec* dz) {
    dz[0] = dh * kept[0];
    dz[1] = dh * kept[1];
    dz[3] = dh * kept[2];
    dz[2] = dz[3] * kept[3];
    dh *= kept[4];
  }
};

// h = tanh(x + h R). Elman 1990.
struct Simple {
  static constexpr int GATES = 1, KEPT = 1, SLOTS = 1;
  static constexpr bool CELL = false, APART = false;

  template <int N>
  INLINE void forward(const Vec (&x)[GATES][N], const Vec (&inner)[GATES][N], Vec (&h)[N],
                      Vec (&)[N], Vec (&kept)[KEPT][N]) {
    EACH h[i] = x[0][i] + inner[0][i];
    tanh(h);
    EACH kept[0][i] = 1.0f - h[i] * h[i];
  }

  INLINE void backward(const Vec* kept, Vec& dh, Vec&, Vec* dz) {
    dz[0] = dh * kept[0];
    dh = Vec{};
  }
};

// Which slot of dz belongs to gate `g` of the projected input.
template <class Cell>
constexpr int input_slot(int g) {
  return g == 2 && Cell::SLOTS > Cell::GATES ? 3 : g;
}

}  // namespace
