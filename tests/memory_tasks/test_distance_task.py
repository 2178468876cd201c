"""Any task as a task: its sequences, its chance, its distances."""

import numpy as np
import pytest

from echospan.errors import ConfigError
from echospan.memory_tasks.choose import NAMES, memory_task_of
from echospan.spans.api import span
from echospan.tasks import TASKS, Copy, absent

OTHERS = [name for name in NAMES if name != "echo"]


@pytest.mark.parametrize("name", OTHERS)
def test_padding_asks_nothing_and_what_is_asked_is_the_tasks(name: str) -> None:
    task = memory_task_of(name)
    distance = min(task.smallest + 3, task.largest)
    inputs = task.evaluation_inputs(distance, 0, "evaluation")
    targets = task.targets(inputs, distance)
    plain = TASKS[name](kind=name).at_distance(distance)
    assert inputs.shape[1] == task.training_length(distance) >= plain.steps
    assert absent(targets[:, plain.steps :]).all()
    np.testing.assert_array_equal(
        targets[:, : plain.steps], plain.targets(inputs[:, : plain.steps])
    )
    assert (~absent(targets)).sum() >= 512
    perfect = task.score(targets, targets, distance, 0.95)
    assert perfect.share == task.ceiling(distance) == 1.0
    assert perfect.interval.low > 0.98


@pytest.mark.parametrize("name", OTHERS)
def test_training_never_sees_what_it_is_measured_on(name: str) -> None:
    task = memory_task_of(name)
    distance = task.smallest
    one, other = (
        task.evaluation_inputs(distance, 0, part, number=16) for part in ("check", "validation")
    )
    assert task.targets(one, distance).shape == one.shape[:2]
    if name != "noise-free-lag":  # It has two sequences in all.
        assert (one != other).any()
    again = task.evaluation_inputs(distance, 0, "check", number=16)
    np.testing.assert_array_equal(one, again)


def test_the_best_constant_explains_nothing() -> None:
    task = memory_task_of("adding")
    inputs = task.evaluation_inputs(20, 0, "evaluation")
    targets = task.targets(inputs, 20)
    score = task.score(targets, np.ones_like(targets), 20, 0.99)
    assert score.interval.low <= task.chance(20) == 0.0 <= score.interval.high
    assert task.scored_as == "R2"
    assert task.chance_loss(20) == pytest.approx(1 / 6)


def test_nearby_distances_share_a_length() -> None:
    task = memory_task_of(Copy(items=2, symbols=2))
    lengths = [task.training_length(blank) for blank in range(1, 100)]
    assert len(set(lengths)) <= 7
    assert all(n >= blank + 4 for blank, n in enumerate(lengths, 1))
    assert all(n <= 16 or n < 1.6 * (blank + 4) for blank, n in enumerate(lengths, 1))


def test_distances_that_a_task_does_not_have() -> None:
    assert memory_task_of("selective-copy").smallest == 16
    assert memory_task_of("cued-echo").largest == 9
    # Above it the alphabet would grow, and with it the model.
    recall = memory_task_of("recall")
    assert (recall.largest, recall.width) == (31, 64)
    assert memory_task_of("recall", largest=40).width == 82
    with pytest.raises(ConfigError, match=r"task\.length"):
        memory_task_of("temporal-order", lags=[5])
    with pytest.raises(ConfigError, match="largest must be at least 16"):
        memory_task_of("selective-copy", largest=3)


def test_each_task_says_what_its_distance_turns() -> None:
    dials = {name: memory_task_of(name).difficulty_name for name in NAMES}
    for name, setting in dials.items():
        assert setting in TASKS[name].model_fields
    known = {
        "echo": "lag",
        "cued-echo": "max_lag",
        "copy": "blank",
        "selective-copy": "length",
        "temporal-order": "length",
        "noise-free-lag": "lag",
        "recall": "pairs",
        "continuous-echo": "lag",
        "adding": "length",
    }
    assert {name: dials[name] for name in known} == known


def test_a_model_that_knows_nothing_is_at_chance_on_copy() -> None:
    sheet = span("chance", task="copy", lags=[5], seeds=1)
    row = sheet.per_lag[0]
    assert sheet.symbols == 8
    assert row.interval is not None
    # It guesses among blank and cue as well: one in 10, at most the task's one in 8.
    assert row.interval[0] <= 1 / 10 <= row.interval[1]
    assert row.chance == 1 / 8
    assert row.outcome == "failed"


@pytest.mark.slow
def test_an_easy_copy_is_solved_by_a_gru() -> None:
    sheet = span(
        "gru", units=16, task=Copy(items=2, symbols=2), lags=[1, 4], seeds=1, budget="4k updates"
    )
    assert sheet.verdict_code == "solved"
    assert sheet.span_at_least == 4
    assert sheet.verdict == "It solved every tested blank, up to 4."


@pytest.mark.slow
def test_a_window_of_one_step_knows_nothing_of_a_sum() -> None:
    sheet = span(
        "mlp", settings={"window": 1}, task="adding", lags=[40], seeds=1, rates=[0.01], updates=300,
        budget="1k updates",
    )  # fmt: skip
    row = sheet.per_lag[0]
    assert row.accuracy is not None
    # The last step is marked once in 20 times: it then knows one of the two numbers.
    assert -0.1 < row.accuracy < 0.1
    assert sheet.verdict_code == "limited-by-receptive-field"
    assert "of the variance" in sheet.verdict


@pytest.mark.slow
def test_delay_line_and_readout_solve_the_numbers_of_continuous_echo() -> None:
    sheet = span("delay-line", task="continuous-echo", settings={"taps": 4}, lags=[4, 5], seeds=1)
    assert [row.outcome for row in sheet.per_lag] == ["solved", "failed"]
    assert sheet.verdict_code == "limited-by-receptive-field"
    assert sheet.per_lag[1].accuracy == pytest.approx(0.0, abs=0.05)


@pytest.mark.slow
def test_a_gru_adds_two_numbers() -> None:
    sheet = span(
        "gru", units=24, task="adding", lags=[6], seeds=1, rates=[0.01], budget="3k updates"
    )
    assert sheet.span_at_least == 6
