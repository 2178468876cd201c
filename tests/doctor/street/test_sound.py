"""The table of the sound set-ups: each was trained, and learned."""

from collections import Counter

import pytest

from doctor.street.sound.table import cases, trained

# The cases need torch.
pytestmark = pytest.mark.slow


def test_each_sound_set_up_was_trained_and_learns() -> None:
    measured = trained()
    assert {case.name for case in cases()} == set(measured)
    assert [name for name, found in measured.items() if not found.learns] == []


def test_each_sound_set_up_has_its_own_name_and_a_source() -> None:
    assert [
        name for name, count in Counter(case.name for case in cases()).items() if count > 1
    ] == []
    assert [case.name for case in cases() if len(case.source) < 20] == []
