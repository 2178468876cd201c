from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echospan.errors import StoreError
from echospan.store.names import (
    check_array_name,
    check_file_name,
    check_run_id,
    is_run_id,
    new_run_id,
)

HOSTILE = ["", ".", "..", "../x", "/x", "a/b", "a\\b", "a\0", "a\nb", ".hidden", "~", "x" * 200]


def test_an_id_is_readable() -> None:
    made = new_run_id("window", datetime(2026, 11, 23, 10, 15, 0, tzinfo=UTC))
    assert re.fullmatch(r"window-20261123-101500-[0-9a-f]{4}", made)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_every_recipe_gives_a_valid_id(recipe: str) -> None:
    assert is_run_id(new_run_id(recipe, datetime(2026, 11, 23, tzinfo=UTC)))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_refused(name: str) -> None:
    with pytest.raises(StoreError, match="must be"):
        check_run_id(name)
    with pytest.raises(StoreError, match="must be"):
        check_file_name(name)


@settings(deadline=None)
@given(st.text(max_size=80))
def test_an_accepted_name_stays_in_its_folder(name: str) -> None:
    try:
        check_file_name(name)
    except StoreError:
        return
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")


@pytest.mark.parametrize("name", ["", "__metadata__", "a\nb", "x" * 600, 3])
def test_array_names_are_checked(name: object) -> None:
    with pytest.raises(StoreError, match="array's name must be"):
        check_array_name(name)


def test_an_array_name_may_hold_slashes() -> None:
    assert check_array_name("lstm/lstm_cell/kernel") == "lstm/lstm_cell/kernel"
