"""Kernels compiled from C++, called through XLA's foreign-function interface.

`library`    Finds, loads and registers the library.
`reasons`    Why it cannot be used here, and what to do.
`cells`      The recurrent cells as implementations, for `choice`.
`dense`      The dense layer.
`losses`     Cross-entropy, and the class with the highest score.

The C++: `vec.h` one vector, `tile.h` register tiles, `scratch.h` memory; `cells.h`
equations and `recurrence.inc` loops over time, `dense.inc`, `scores.inc`; `table.*` what one
instruction set offers, `isa_*.cpp` one each; `ffi.cpp` the calls, `parts.h` their threads.
"""
