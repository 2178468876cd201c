"""Source: https://github.com/keitakurita/Better_LSTM_PyTorch/issues/7 (weight dropout overwrites
    the recurrent weights in forward and never puts them back).
Symptom: found on reading: in the end all are zero.
Cause: forward changes the parameters.
Expected: the same input gives another answer each time, since forward changes weights.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "learning"
EXPECTED = ("answer-not-repeatable", "forward-changes-weights")
WORDS = ("changes (its|the) (weights|parameters)", "not repeatable", "another answer")
TRAIN = dict(epochs=30, rate=0.01)
x, y = data.parity(256, 12)


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.rnn = nn.LSTM(1, 16, batch_first=True)
        self.head = nn.Linear(16, 1)

    def forward(self, x):
        if self.right:
            return self.head(nn.functional.dropout(self.rnn(x)[0][:, -1], 0.1, self.training))[:, 0]
        w = self.rnn.weight_hh_l0
        w.data = nn.functional.dropout(w.data, 0.3, self.training) * 0.7
        return self.head(self.rnn(x)[0][:, -1])[:, 0]


def faulty():
    return dict(model=Net(False), x=x, y=y, loss=nn.MSELoss(), batch_size=32)


def fixed():
    return dict(model=Net(True), x=x, y=y, loss=nn.MSELoss(), batch_size=32)
