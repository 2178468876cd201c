"""Source: https://github.com/DaoyuanLi2816/Molecule-Generator/pull/22 (Transformer over padded
    molecules: no batch_first, and no padding mask).
Symptom: a molecule's code depends on those encoded with it.
Cause: the two, each a fault.
Expected: rows mixed (faulty); padding seen by attention (faulty2).
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn

from doctor.street.threads import data

API = "check_torch"
KIND = "padding and masks"
EXPECTED = ("rows-mixed", "padding-changes-output", "mask-lost")
WORDS = ("batch_first", "padding")
TRAIN = dict(epochs=30, rate=0.005)
x, y, lengths = data.ragged(256, 16)


class Net(nn.Module):
    def __init__(self, first, masked):
        super().__init__()
        self.masked = masked
        self.e = nn.Embedding(12, 16, padding_idx=0)
        self.place = nn.Parameter(0.3 * torch.randn(1, 16, 16))
        self.enc = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(16, 2, 32, 0.0, batch_first=first),
            1,
            enable_nested_tensor=False,
        )
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        pad = x == 0
        h = self.enc(
            self.e(x) + self.place[:, : x.shape[1]],
            src_key_padding_mask=pad if self.masked else None,
        )
        if not self.masked:
            return self.head(h.mean(1))
        keep = (~pad)[:, :, None].to(h.dtype)
        return self.head((h * keep).sum(1) / keep.sum(1))


def faulty():
    return dict(
        model=Net(False, False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True
    )


def faulty2():
    return dict(
        model=Net(True, False), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True
    )


def fixed():
    return dict(
        model=Net(True, True), x=x, y=y, loss=nn.CrossEntropyLoss(), batch_size=32, shuffle=True
    )
