"""A recurrent layer with a fault: a chunk of more than one step starts from nothing."""

import torch


class Cell(torch.nn.Module):
    """An LSTM in PyTorch's own convention: ``(x, state) -> (y, state)``."""

    def __init__(self, features=4, units=8):
        super().__init__()
        self.lstm = torch.nn.LSTM(features, units, batch_first=True)

    def forward(self, x, state=None):
        """Outputs (batch, time, units) of inputs (batch, time, features), and the state."""
        return self.lstm(x, state if x.shape[1] == 1 else None)
