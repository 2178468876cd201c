"""Source: https://github.com/InseeFrLab/torchTextClassifiers/pull/92 (label attention: learned
    queries attend over the words; the mask handed to scaled_dot_product_attention is inverted).
Symptom: the classifier can't use the words.
Cause: only padding is attended to.
Expected: padding is read and the words aren't.
Measured: accuracy after a short training: faulty 0.41, fixed 1.00 (always the most common
    class: 0.59).
"""

import torch
from torch import nn
from torch.nn import functional as F

from doctor.street.threads import data

API = "check_torch"
KIND = "padding and masks"
EXPECTED = (
    "padding-changes-output",
    "padding-after-end",
    "dead-part",
    "window-half-used",
    "mask-lost",
)
WORDS = ("padding", "mask", "nothing of the input")
TRAIN = dict(epochs=30, rate=0.01)
x, y, lengths = data.ragged(256, 16)
y = (x == 7).any(1).astype("int64")


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.e = nn.Embedding(12, 16)
        self.q = nn.Parameter(0.3 * torch.randn(2, 16))
        self.k = nn.Linear(16, 16)
        self.v = nn.Linear(16, 16)
        self.head = nn.Linear(16, 1)

    def forward(self, ids, attention_mask):
        h = self.e(ids)
        m = attention_mask.bool()[:, None, :]
        a = F.scaled_dot_product_attention(
            self.q.expand(len(ids), 2, 16), self.k(h), self.v(h), attn_mask=m if self.right else ~m
        )
        return self.head(a)[..., 0]


mask = (x != 0).astype("int64")


def faulty():
    return dict(model=Net(False), x=(x, mask), y=y, loss=nn.CrossEntropyLoss(), batch_size=32)


def fixed():
    return dict(model=Net(True), x=(x, mask), y=y, loss=nn.CrossEntropyLoss(), batch_size=32)
