from __future__ import annotations

import json

import pytest

from benchmark_helpers import measured, result
from benchmarks.result import Result, Spread, same_stretch, spread


def test_ratios_are_taken_within_a_repeat():
    found = result()
    assert found.ratios("torch", "echospan") == [4.0, 5.0, 6.0]
    assert spread(found.ratios("torch", "echospan")) == Spread(4.0, 5.0, 6.0)
    assert found.ratios("flax", "echospan") == []
    assert spread([]) is None


def test_a_repeat_that_one_side_did_not_finish_has_no_ratio():
    found = result("echo-10k", measured("echospan", [1.0, 2.0]), measured("torch", [3.0]))
    assert found.ratios("torch", "echospan") == [3.0]


def test_the_share_of_the_limit_counts_every_update_of_an_epoch():
    # The products of an update take 0.5 s; the window job has 4 updates in an epoch.
    found = result("window", measured("echospan", [4.0]))
    assert found.share("echospan") == [0.5]
    # 100 operations an update at 1,000 a second.
    assert found.peak_share("echospan") == pytest.approx([0.1])


def test_the_limit_is_the_fastest_of_all_measurements():
    limit = result().limit
    assert limit is not None
    limit.again({"recurrent, forward": 0.5, "output, forward": 0.1}, 900.0)
    assert limit.seconds == pytest.approx(0.4)
    assert limit.peak == 1000.0


def test_losses_are_compared_over_the_same_epochs():
    ours = [(1, 4.0), (1, 3.0), (1, 2.0), (1, 1.0), (1, 0.0), (1, 0.0)]
    theirs = [(1, 4.4), (1, 3.3), (1, 2.2), (1, 1.1)]
    assert same_stretch(ours, theirs) == (4, 1.0, 1.1)


def test_a_mean_over_many_epochs_is_compared_with_the_mean_over_as_many():
    ours = [(1, 4.0), (1, 3.0), (1, 2.0), (1, 1.0), (1, 0.0)]
    assert same_stretch(ours, [(1, 4.0), (3, 2.5)]) == (4, 2.0, 2.5)
    # It ends after ours: nothing to compare but the first.
    assert same_stretch(ours, [(1, 4.0), (9, 2.5)]) == (1, 4.0, 4.0)
    assert same_stretch(ours, [(9, 2.5)]) is None
    assert same_stretch(ours, []) is None


def test_a_result_survives_its_file():
    found = result("echo-10k", measured("echospan", [1.0]), measured("torch", [], failure="gone"))
    assert Result.from_json(json.loads(json.dumps(found.to_json()))) == found
