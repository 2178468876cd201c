"""Source: https://github.com/HHTseng/video-classification/issues/39 (videos of 28 to 50 frames,
    packed; after pad_packed_sequence the last frame is taken).
Symptom: shorter videos are not told apart.
Cause: behind a video's end the unpacked output is zero, and that is read.
Expected: padding behind the end is read.
Measured: not yet; train it with `python -m doctor.street.threads.measure`.
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from doctor.street.threads import data

API = "check_torch"
KIND = "padding and masks"
EXPECTED = ("padding-after-end", "padding-changes-output", "dead-part", "mask-lost")
WORDS = ("padding", "behind the end", "zero")
TRAIN = dict(epochs=15, rate=0.01)
x, y, lengths = data.ragged(240, 20)
frames = torch.nn.functional.one_hot(torch.tensor(x), 12).float().numpy()
frames[x == 0] = 0


class Net(nn.Module):
    def __init__(self, right):
        super().__init__()
        self.right = right
        self.rnn = nn.LSTM(12, 16, batch_first=True)
        self.head = nn.Linear(16, 2)

    def forward(self, frames, lengths):
        packed = pack_padded_sequence(
            frames, lengths.reshape(-1).long().cpu(), batch_first=True, enforce_sorted=False
        )
        out, n = pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.head(out[torch.arange(len(out)), n - 1] if self.right else out[:, -1])


def faulty():
    return dict(
        model=Net(False),
        x=(frames, lengths[:, None]),
        y=y,
        loss=nn.CrossEntropyLoss(),
        batch_size=30,
        shuffle=True,
    )


def fixed():
    return dict(
        model=Net(True),
        x=(frames, lengths[:, None]),
        y=y,
        loss=nn.CrossEntropyLoss(),
        batch_size=30,
        shuffle=True,
    )
