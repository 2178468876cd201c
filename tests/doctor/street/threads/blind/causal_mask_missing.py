"""Source: https://github.com/alex-matton/causal-transformer-decoder/issues/1 (a Transformer
    trained to give the next symbol, no causal mask).
Symptom: it trains, and generates terribly.
Cause: each position sees the symbol it must give, and copies it.
Expected: an output sees later inputs.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "data"
EXPECTED = ("future-visible",)
WORDS = ("causal", "later input", "future")
TRAIN = dict(epochs=25, rate=0.005)
w = data.walks()


class Net(nn.Module):
    def __init__(self, causal):
        super().__init__()
        self.causal = causal
        self.e = nn.Embedding(8, 16)
        self.place = nn.Parameter(0.3 * torch.randn(1, 12, 16))
        self.enc = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=True),
            1,
            enable_nested_tensor=False,
        )
        self.head = nn.Linear(16, 8)

    def forward(self, x):
        n = x.shape[1]
        mask = torch.ones(n, n, dtype=torch.bool, device=x.device).triu(1) if self.causal else None
        return self.head(self.enc(self.e(x) + self.place[:, :n], mask)).transpose(1, 2)


def faulty():
    return dict(
        model=Net(False), x=w[:, :-1], y=w[:, 1:], loss=nn.CrossEntropyLoss(), batch_size=25
    )


def fixed():
    return dict(model=Net(True), x=w[:, :-1], y=w[:, 1:], loss=nn.CrossEntropyLoss(), batch_size=25)
