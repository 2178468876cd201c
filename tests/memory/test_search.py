import numpy as np

from echospan.measure import Interval
from echospan.memory.measuring import Measured
from echospan.memory.search import judge

NOTHING = np.zeros(0, "int32")


def seed(solved: bool) -> Measured:
    return Measured(0.5, Interval(0.4, 0.6), 100, None, NOTHING, NOTHING, solved)


def test_the_median_seed_decides() -> None:
    yes, no = seed(True), seed(False)
    closed = [False] * 3
    assert judge([yes, yes, no], closed) == "solved"
    assert judge([yes, no, no], closed) == "failed"
    assert judge([yes, no], [False] * 2) == "failed"


def test_open_seeds_count_only_where_they_could_change_nothing() -> None:
    yes, no = seed(True), seed(False)
    assert judge([yes, yes, None], [False, False, True]) == "solved"
    assert judge([no, no, None], [False, False, True]) == "failed"
    assert judge([yes, no, None], [False, False, True]) == "undecided"
    assert judge([no, no, no], [True, True, True]) == "undecided"
