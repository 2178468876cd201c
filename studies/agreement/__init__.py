"""Do two machines find the same span? C++ kernels and pure JAX stand in for the two.

The same sheet is measured twice, once with the compiled kernels and once with JAX's own loops. Both
compute the same numbers in another order, as another processor would, so trained models differ.
"""
