"""The sound set-ups: each was trained, and learned; the check cries wolf at none of a sample."""

from collections import Counter

import pytest

from doctor.street.sound.checking import check
from doctor.street.sound.table import cases, trained

SAMPLE = list(trained())[::6]
"""Names of the set-ups that are checked here."""

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


@pytest.mark.parametrize("name", SAMPLE)
def test_the_check_finds_no_error_and_fails_nowhere(name: str) -> None:
    """The whole corpus takes a quarter of an hour: ``make street``; AFTER.md has what came out."""
    (case,) = cases([name])
    outcome = check(case)
    assert outcome.failure == ""
    assert outcome.of("error") == []
