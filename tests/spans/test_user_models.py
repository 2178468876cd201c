"""Models of the user's own: what is taken as it is, and what is explained."""

from pathlib import Path
from typing import Any

import pytest

from echospan.errors import ConfigError
from echospan.report.objects import Sheet
from echospan.spans.api import span

FILE = f"{Path(__file__).with_name('user_models.py')}"


def measure(function: str, **settings: Any) -> Sheet:
    plain = {"symbols": 4, "lags": [1], "budget": "4k updates", "seeds": 1, "updates": 600}
    return span(f"{FILE}:{function}", **{**plain, **settings})


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("too_narrow", "output has 4 features.*\\(4, 8, 3\\)"),
        ("wrong_input", "did the function ignore its argument"),
        ("once", "return_sequences=True"),
        ("not_a_number", "finite outputs"),
        ("raises", "RuntimeError: no weights today \\(line"),
        ("nothing", "returns NoneType"),
        ("two_inputs", "one input"),
        ("five_places", "fixed at 5, and no copy of it runs at another"),
        ("init_raises", "init\\(key\\).*ValueError: no parameters today \\(line"),
        ("apply_raises", "apply\\(params, x\\).*ValueError: no answer today \\(line"),
        ("call_raises", "calling it raised ValueError: .*no answer today"),
        ("grue", "Did you mean .*:gru"),
    ],
)
def test_what_cannot_be_used_is_explained(function: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        measure(function)


def test_a_file_that_does_not_import(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("x = 1\nimport no_such_package_anywhere\n")
    with pytest.raises(ConfigError, match=r"ModuleNotFoundError.*line 2 of broken\.py"):
        span(f"{broken}:model")
    with pytest.raises(ConfigError, match="file that exists"):
        span(f"{tmp_path / 'missing.py'}:model")
    with pytest.raises(ConfigError, match="Name the function"):
        span(str(broken))
    with pytest.raises(ConfigError, match="importing 'no_such_package' raised"):
        span("no_such_package:model")


def test_an_error_names_a_line_of_the_users_own_or_none(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def model(symbols:\n")
    with pytest.raises(ConfigError, match=r"SyntaxError.*\(wrong\.py, line 1\); got"):
        span(f"{wrong}:model")
    deep = tmp_path / "deep.py"
    deep.write_text("import json\ndef asks(symbols):\n    json.loads('{')\ndef none(): ...\n")
    with pytest.raises(ConfigError, match=r"JSONDecodeError.*\(line 3 of deep\.py\)"):
        span(f"{deep}:asks")
    with pytest.raises(ConfigError, match=r"1 was given; got"):
        span(f"{deep}:none")


def test_sizes_are_not_for_a_model_of_ones_own() -> None:
    with pytest.raises(ConfigError, match="units must be left out"):
        measure("gru", units=3)


@pytest.mark.slow
def test_one_step_at_a_time_without_state_is_named() -> None:
    sheet = measure("single_steps", updates=100)
    assert sheet.verdict_code == "state-not-carried"
    assert "lstm" in " ".join(sheet.notes)
    assert "stateful=False" in " ".join(sheet.notes)


@pytest.mark.slow
def test_a_model_that_hears_the_future_is_not_causal() -> None:
    sheet = measure("bidirectional")
    assert sheet.verdict_code == "not-causal"
    assert sheet.checks["causal"].passed is False
    assert sheet.checks["step_by_step"].passed is None


@pytest.mark.slow
def test_a_model_that_ignores_its_input() -> None:
    sheet = measure("deaf", updates=100)
    assert (sheet.span, sheet.verdict_code) == (0, "ignores-input")


@pytest.mark.slow
@pytest.mark.parametrize("function", ["with_table", "subclassed", "stateful", "window"])
def test_models_are_taken_as_they_are(function: str) -> None:
    sheet = measure(function, updates=1500)
    assert sheet.span_at_least == 1
    assert sheet.verdict_code == "solved"
    assert all(check.passed in (True, None) for check in sheet.checks.values())
    if function == "window":
        assert sheet.receptive_field == 3
    if function == "stateful":
        assert any("stateful=True" in note for note in sheet.notes)


@pytest.mark.slow
def test_a_field_that_nobody_declared_is_found() -> None:
    sheet = measure("convolution", lags=[3, 4], updates=1500)
    assert [row.outcome for row in sheet.per_lag] == ["solved", "failed"]
    assert sheet.verdict_code == "limited-by-receptive-field"
    assert sheet.receptive_field == 4
    low, high = sheet.per_lag[1].interval or (0.0, 0.0)
    assert low <= 0.25 <= high


@pytest.mark.slow
def test_plain_jax_functions() -> None:
    sheet = measure("pure_jax", lags=[2, 3], updates=600)
    assert [row.outcome for row in sheet.per_lag] == ["solved", "failed"]
    assert sheet.parameters == 3 * 4 * 4 + 4
    assert sheet.receptive_field == 3


@pytest.mark.slow
def test_a_gradient_that_ends_with_the_step_is_named() -> None:
    sheet = measure("stateful_single_steps", lags=[2], updates=200)
    assert sheet.verdict_code == "gradient-truncated"
    assert sheet.state_size == 32


@pytest.mark.slow
@pytest.mark.parametrize("function", ["taps", "linear_taps"])
def test_tasks_of_numbers_are_asked_of_users_models(function: str) -> None:
    """Three taps echo a number two steps later, and none that is older."""
    asked = {"task": "continuous-echo", "symbols": None, "lags": [2, 3], "updates": 400}
    sheet = measure(function, rates=[0.03], **asked)
    assert [row.outcome for row in sheet.per_lag] == ["solved", "failed"]
    assert sheet.scored_as == "R2"
    assert sheet.per_lag[0].accuracy == pytest.approx(1, abs=0.02)
    assert sheet.per_lag[1].accuracy == pytest.approx(0, abs=0.05)
    assert sheet.verdict_code == "limited-by-receptive-field"


def test_a_task_of_numbers_wants_one_number() -> None:
    with pytest.raises(ConfigError, match="output has 1 feature, the number"):
        measure("two_numbers", task="adding", symbols=None, lags=[5])
    with pytest.raises(ConfigError, match="input shape \\(batch, time, 1\\)"):
        measure("wrong_input", task="continuous-echo", symbols=None)
