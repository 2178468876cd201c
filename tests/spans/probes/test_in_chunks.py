"""Chunks of a user's torch module; torch is an extra."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from echospan.adapters.resolve import resolve_model  # noqa: E402
from echospan.memory_tasks.echo import EchoTask  # noqa: E402
from echospan.spans.probes.in_chunks import in_chunks  # noqa: E402

pytestmark = pytest.mark.slow


class Sound(nn.Module):
    def __init__(self, symbols: int) -> None:
        super().__init__()
        self.memory = nn.GRU(symbols, 8, batch_first=True)
        self.answer = nn.Linear(8, symbols)

    def forward(self, x, state=None):
        y, state = self.memory(x, state)
        return self.answer(y), state


class Restarting(Sound):
    """A chunk of more than one step starts from nothing; single steps don't."""

    def forward(self, x, state=None):
        return super().forward(x, state if x.shape[1] == 1 else None)


class Stateless(Sound):
    def forward(self, x):
        return self.answer(self.memory(x)[0])


@pytest.mark.parametrize(("kind", "passed"), [(Sound, True), (Restarting, False)])
def test_a_lost_state_is_found(kind, passed):
    found = in_chunks(resolve_model(kind, EchoTask(4)))
    assert found is not None
    assert found.passed is passed
    if not passed:
        assert found.evidence.startswith("Chunks [1, 2] of a batch of 1")
        assert "The state is lost at step 1" in found.evidence


def test_without_a_state_there_is_nothing_to_check():
    assert in_chunks(resolve_model(Stateless, EchoTask(4))) is None
