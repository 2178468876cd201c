from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.engine.nearest import nearest


@given(wanted=st.integers(1, 10_000), slope=st.integers(1, 30), offset=st.integers(0, 50))
def test_no_other_width_comes_nearer(wanted: int, slope: int, offset: int) -> None:
    def size(width: int) -> int:
        return slope * width + offset

    width, found = nearest(size, wanted, 20_000)
    assert found == size(width)
    assert abs(found - wanted) == min(abs(size(other) - wanted) for other in range(1, 10_001))


def test_a_width_is_sized_once_and_not_beyond_the_most() -> None:
    asked: list[int] = []

    def size(width: int) -> int:
        asked.append(width)
        return width

    assert nearest(size, 10**9, 100) == (64, 64)
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_small_ones(wanted: int) -> None:
    assert nearest(lambda width: width, wanted, 10) == (wanted, wanted)
