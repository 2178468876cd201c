"""What `uses` measured as data: ablations by name, frames."""

from __future__ import annotations

import pytest

from report.usages import bare, found


def test_an_ablation_is_found_by_its_name() -> None:
    assert found()["restart"].interval == (33, 48)
    with pytest.raises(KeyError, match="replace"):
        found()["replace"]
    assert found().gain == pytest.approx(0.88)


def test_a_frame_has_one_row_a_point() -> None:
    frame = found().to_frame()
    assert frame.height == 10
    row = frame.row(1, named=True)
    assert row == {
        "ablation": "average", "kept": 1, "loss": 0.41, "low": 0.39, "high": 0.43, "change": 0.2,
    }  # fmt: skip
    assert frame["low"].to_list()[3] is None
    assert bare().to_frame().columns == frame.columns


def test_the_keys_are_those_of_the_issue() -> None:
    told = found().to_dict()
    wanted = {"uses", "uses_interval", "gain_95", "answers_change_up_to", "warm_up",
              "older_steps_hurt", "curves"}  # fmt: skip
    assert wanted <= set(told)
    assert told["uses_interval"] == [1, 2]
    assert set(told["curves"]) == {"average", "restart", "shuffle"}
    assert {"kept", "loss", "interval"} <= set(told["curves"]["average"][0])
