"""Source: https://github.com/aiboxlab/nlp/issues/97 (LSTM regressor on text: output (batch, 1),
    target (batch,), MSELoss).
Symptom: torch warns, training is wrong.
Cause: the two are broadcast to (batch, batch).
Expected: the broadcast is named.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "output side"
EXPECTED = ("loss-broadcast", "output-constant")
WORDS = ("broadcast",)
TRAIN = dict(epochs=30, rate=0.01)
x, c = data.tokens(256, 10, 12)
y = ((x[:, 0] - 6) / 3).astype("float32")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.e = nn.Embedding(12, 16)
        self.rnn = nn.LSTM(16, 24, batch_first=True)
        self.head = nn.Linear(24, 1)

    def forward(self, x):
        return self.head(self.rnn(self.e(x))[1][0][-1])


def faulty():
    return dict(model=Net(), x=x, y=y, loss=nn.MSELoss(), batch_size=32, shuffle=True)


def faulty2():
    return dict(model=Net(), x=x, y=y, batch_size=32, shuffle=True)  # no loss handed over


def fixed():
    return dict(model=Net(), x=x, y=y[:, None], loss=nn.MSELoss(), batch_size=32, shuffle=True)
