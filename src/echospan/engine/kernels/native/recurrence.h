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

enum Kind { LSTM, GRU, SIMPLE, KINDS };

struct Table {
  const char* name;
  Cell cells[KINDS];
  void (*sigmoid)(const float* from, float* to, ptrdiff_t count);
  void (*tanh)(const float* from, float* to, ptrdiff_t count);
};
