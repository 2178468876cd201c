// The cells: Keras's equations for a vector of units, and their derivatives.
//
// `forward` gets the gates' sums and returns the new output. With it go a few numbers for a unit,
// `kept`, from which `backward` makes the gradients of the sums: whatever does not depend on the
// gradient of the state is worked out on the way there.
#pragma once

#include "vec.h"

namespace {

// Gates i, f, g, o. Hochreiter and Schmidhuber 1997; forget gate of Gers et al. 2000.
struct Lstm {
  static constexpr int GATES = 4, KEPT = 6, SLOTS = 4;
  static constexpr bool CELL = true;

  INLINE Vec forward(const Vec* x, const Vec* inner, Vec, Vec& c, Vec* kept) {
    const Vec i = sigmoid(x[0] + inner[0]), f = sigmoid(x[1] + inner[1]);
    const Vec g = tanh(x[2] + inner[2]), o = sigmoid(x[3] + inner[3]);
    kept[0] = g * i * (1.0f - i);
    kept[1] = c * f * (1.0f - f);
    kept[2] = i * (1.0f - g * g);
    kept[4] = f;
    c = f * c + i * g;
    const Vec squashed = tanh(c);
    kept[3] = squashed * o * (1.0f - o);
    kept[5] = o * (1.0f - squashed * squashed);
    return o * squashed;
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
  static constexpr bool CELL = false;

  INLINE Vec forward(const Vec* x, const Vec* inner, Vec before, Vec&, Vec* kept) {
    const Vec z = sigmoid(x[0] + inner[0]), r = sigmoid(x[1] + inner[1]);
    const Vec candidate = tanh(x[2] + r * inner[2]);
    const Vec to_candidate = (1.0f - z) * (1.0f - candidate * candidate);
    kept[0] = (before - candidate) * z * (1.0f - z);
    kept[1] = to_candidate * inner[2] * r * (1.0f - r);
    kept[2] = to_candidate;
    kept[3] = r;
    kept[4] = z;
    return z * before + (1.0f - z) * candidate;
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
  static constexpr bool CELL = false;

  INLINE Vec forward(const Vec* x, const Vec* inner, Vec, Vec&, Vec* kept) {
    const Vec h = tanh(x[0] + inner[0]);
    kept[0] = 1.0f - h * h;
    return h;
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
