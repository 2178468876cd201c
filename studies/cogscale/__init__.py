"""CogScale's memory tasks in its own protocol (Bendi-Ouis et al. 2026).

The data come from the `cogscale` package: 1,000 sequences for training, 200 for validation, 1,000
for the test. Batches of 10, Adam, an end when the validation error has not fallen for 10 epochs,
the values of the best epoch kept.

At most how many epochs, the authors' files say twice: their script 50 unless it is told otherwise;
every job file that comes with it (for the cluster and for a single machine, ten calls) tells it
200. None of their files says why. What decides is which of the two gives their table, so every
cell of 10,000 parameters is a row for each, from the same runs.
"""

from studies.cogscale import cells, lags

ROWS = (*lags.ROWS, *cells.ROWS)

__all__ = ["ROWS"]
