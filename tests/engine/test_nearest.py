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

    assert nearest(size, 10**9, 100) == (100, 100)
    assert len(asked) == len(set(asked))


def test_a_polynomial_is_sized_five_times() -> None:
    asked: list[int] = []

    def size(width: int) -> int:
        asked.append(width)
        return 4 * (width * (width + 11) + width) + 10 * (width + 1)

    assert nearest(size, 10_000, 65_536)[0] == 43
    assert sorted(asked) == [2, 4, 8, 43, 44] or sorted(asked) == [2, 4, 8, 42, 43]


@given(wanted=st.integers(1, 50_000), heads=st.sampled_from([1, 4, 8]), most=st.integers(2, 300))
def test_a_size_in_steps_is_found_all_the_same(wanted: int, heads: int, most: int) -> None:
    def size(width: int) -> int:
        return 3 * width * (width // heads * heads) + 5 * width

    width, found = nearest(size, wanted, most)
    assert 1 <= width <= most
    if size(most // 2) >= wanted:
        assert abs(found - wanted) == min(abs(size(one) - wanted) for one in range(1, most + 1))


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_small_ones(wanted: int) -> None:
    assert nearest(lambda width: width, wanted, 10) == (wanted, wanted)
