// What one instruction set offers: the same table of functions, compiled once for each.
#pragma once

#include <stddef.h>
#include <stdint.h>

// All arrays are dense, the last axis fastest. `kept` is (steps, batch, numbers, padded units).
constexpr ptrdiff_t PADDING = 16;

inline ptrdiff_t padded(ptrdiff_t units) { return (units + PADDING - 1) / PADDING * PADDING; }

struct Sizes {
  ptrdiff_t steps, batch, units;
  ptrdiff_t symbols;  // Rows of the input kernel, where the input is symbols.
};

struct Forward {
  Sizes sizes;
  const float* input;           // (steps, batch, gates * units), or (symbols, gates * units)
  const int32_t* symbols;       // (steps, batch), or null: then `input` is the projected input
  const float* bias;            // (gates * units) or null
  const float* candidate_bias;  // (units) or null: added to h R of the last gate; GRU only
  const float* recurrent;       // (units, gates * units)
  const float* h;               // (batch, units)
  const float* c;               // (batch, units); LSTM only
  const bool* mask;             // (steps, batch) or null
  float* states;                // (steps, batch, units)
  float* last_cell;             // (batch, units); LSTM only
  float* kept;                  // null where no gradient will be asked for
};

struct Backward {
  Sizes sizes;
  const float* d_states;  // or null: only the last state was asked for
  const float* d_last_h;  // (batch, units), beside d_states
  const float* d_last_cell;
  const float* kept;
  const float* states;
  const float* recurrent;
  const float* h;
  const int32_t* symbols;
  const bool* mask;
  float* d_input;
  float* d_bias;            // or null
  float* d_candidate_bias;  // or null
  float* d_recurrent;
  float* d_h;
  float* d_c;
};

// False where memory ran out.
struct Cell {
  ptrdiff_t kept;  // Numbers kept for a unit.
  bool (*forward)(const Forward&);
  bool (*backward)(const Backward&);
};

// A dense layer, y = x W + b, and its three gradients.
struct Product {
  ptrdiff_t rows, inputs, outputs;
  const float* x;       // (rows, inputs)
  const float* kernel;  // (inputs, outputs)
};

struct Dense {
  Product sizes;
  const float* bias;  // (outputs) or null
  float* y;           // (rows, outputs)
};

struct DenseGradients {
  Product sizes;
  const float* d_y;  // (rows, outputs)
  float* d_x;        // (rows, inputs)
  float* d_kernel;   // (inputs, outputs)
  float* d_bias;     // (outputs)
};

// Cross-entropy of scores (rows, classes) with one right class a row.
struct Scores {
  ptrdiff_t rows, classes;
  const float* scores;
  const int32_t* targets;  // (rows); out of range: no class is right
};

struct Loss {
  Scores of;
  float* top;       // (rows): the largest score
  float* total;     // (rows): the sum of e^(score - top)
  float* gap;       // (rows): top minus the right class's score; NaN where Keras's loss is
  int32_t* places;  // (rows): where the largest score is
};

struct LossGradient {
  Scores of;
  const float* top;
  const float* total;
  const float* d_loss;  // (rows)
  float* d_scores;      // (rows, classes)
};

enum Kind { LSTM, GRU, SIMPLE, KINDS };

struct Table {
  const char* name;
  Cell cells[KINDS];
  // Parts of the work from `first` up to `last`: rows, or columns of the kernel. False where memory
  // ran out. A number does not depend on how the work is divided.
  bool (*dense)(const Dense&, ptrdiff_t first, ptrdiff_t last);
  bool (*dense_rows)(const DenseGradients&, ptrdiff_t first, ptrdiff_t last);
  bool (*dense_columns)(const DenseGradients&, ptrdiff_t first, ptrdiff_t last);
  void (*loss)(const Loss&, ptrdiff_t first, ptrdiff_t last);
  void (*loss_gradient)(const LossGradient&, ptrdiff_t first, ptrdiff_t last);
  void (*sigmoid)(const float* from, float* to, ptrdiff_t count);
  void (*tanh)(const float* from, float* to, ptrdiff_t count);
};
