"""Run it with: pytest examples/conform. The first test fails: the cell has a fault."""

import torch


def test_the_cell_carries_its_state(conforms):
    conforms("cell:Cell")


def test_so_does_that_of_torch(conforms):
    conforms(torch.nn.LSTM(4, 8, batch_first=True))
