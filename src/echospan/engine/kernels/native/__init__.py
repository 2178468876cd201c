"""Recurrent cells compiled from C++, called through XLA's foreign-function interface.

`library`    Finds, loads and registers the library; says why where it cannot.
`cells`      The cells as implementations, for `choice`.

The C++: `vec.h` one vector and its sigmoid and tanh, `tile.h` register tiles, `cells.h` equations,
`recurrence.inc` loops over time, `isa_*.cpp` one instruction set each, `ffi.cpp` the calls.
"""
