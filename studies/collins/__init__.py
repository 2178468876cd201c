"""Memory of recurrent networks (Collins, Sohl-Dickstein and Sussillo 2017), small.

Of their paper this package knows the abstract: about 5 bits in a parameter, about one real number
of the past in a unit, for all common architectures alike. The protocol here is our own: networks
of about 100 parameters, few seeds and learning rates, Adam. Such a search finds a lower bound of
what a network can hold.

Fixed before the rows were measured: "about 5 bits" is 3 to 7, "about one" is 0.75 to 1.25, "alike"
is at most half as much again in one architecture as in another.
"""

from studies.collins import bits, reals

ROWS = (*bits.ROWS, *reals.ROWS)

__all__ = ["ROWS"]
