"""Torch modules that take batches of one size. Needs torch: `make slow` installs it."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
from doctor.bench.row_cases import CASES, kept, made_once
from doctor.bench.torch_cases import look, windows

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_size_is_named_and_a_state_for_the_rows_of_x_mends_it(case):
    report = case.faulty()
    found = next(f for f in report.findings if f.code == case.code)
    assert found.severity == "warning"
    assert "in forward" in found.remedy
    assert case.code not in case.clean().codes


def test_such_a_module_is_probed_with_whole_batches():
    report = look(made_once(12), *windows(5, 3), batch_size=12)
    assert [lag.lag for lag in report.reach if lag.forward] == [0, 1, 2, 3, 4]
    (found,) = [f for f in report.findings if f.code == "batch-size-mismatch"]
    assert "takes batches of 12 rows only" in found.message
    assert f"the last one has only {found.evidence['left_over']} rows" in found.message


def test_whole_batches_only_leave_other_sizes_to_prediction():
    x, y = windows(5, 3)
    report = look(made_once(12), x[:48], y[:48], batch_size=12)
    (found,) = [f for f in report.findings if f.code == "batch-size-mismatch"]
    assert found.message.endswith("Predicting another number of samples fails.")


def test_a_module_that_looks_at_the_rows_first_is_left_alone():
    report = look(kept(fits=True), *windows(5, 3), batch_size=8)
    assert "batch-size-mismatch" not in report.codes
