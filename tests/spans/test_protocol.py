"""Protocols: what their files may say, and what a sheet says about the one it was made by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from echospan.cli.main import run as echospan
from echospan.errors import ConfigError, DataError
from echospan.formats import write_toml
from echospan.results.protocol import ProtocolUse
from echospan.spans.api import span
from echospan.spans.plan import make_plan
from echospan.spans.protocol import STANDARD, find_protocol
from echospan.spans.same_protocol import require_same_protocol
from echospan.tasks import Copy, Echo


def content(**changes: Any) -> dict[str, Any]:
    """The content of a protocol of one's own."""
    return {**find_protocol("quick-1").to_dict(), "name": "mine", **changes}


@pytest.mark.parametrize(
    ("name", "fingerprint"),
    [("standard-1", "3197cf7296f9b789"), ("quick-1", "5fb959444b0a3b77")],
)
def test_a_protocol_never_changes(name: str, fingerprint: str) -> None:
    # Another rule is another protocol: sheets of one name must be comparable for ever.
    protocol = find_protocol(name)
    assert (protocol.name, protocol.version) == (name, 1)
    assert protocol.fingerprint() == fingerprint


def test_its_words_are_no_part_of_the_fingerprint() -> None:
    plain = find_protocol(content())
    assert find_protocol(content(about="Other words.")).fingerprint() == plain.fingerprint()
    assert find_protocol(content(seeds=4)).fingerprint() != plain.fingerprint()


def test_a_file_is_a_protocol_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(write_toml(content(seeds=2)))
    assert find_protocol(path) == find_protocol(str(path)) == find_protocol(content(seeds=2))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("standrad-1", "Did you mean 'standard-1'"),
        ("slow-1", "one of standard-1, quick-1, or the path of a .toml file"),
        (content(format=2), "protocol.format must be 1, the newest form"),
        ({"format": 1}, "protocol.name must be given"),
        (content(seeds=0), "protocol.seeds must be"),
        (content(seedz=3), "Did you mean 'seed'"),
        (content(rates=[0.1, 0.01]), "protocol.rates must be numbers in rising order"),
        (content(lags=[]), "protocol.lags must be numbers in rising order"),
        (content(most_updates=100), "protocol.most_updates must be at least protocol.updates"),
        (content(falling="passed"), "protocol.falling must be"),
        (content(name="quick-1", seeds=4), "protocol.name must be another name"),
        (4, "protocol must be a name"),
    ],
)
def test_what_is_no_protocol_is_refused(given: Any, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        find_protocol(given)


def test_a_file_that_is_not_there_or_no_toml_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        find_protocol(tmp_path / "nowhere.toml")
    (tmp_path / "bad.toml").write_text("seeds = ")
    with pytest.raises(DataError, match="is not valid TOML"):
        find_protocol(tmp_path / "bad.toml")


@pytest.mark.parametrize("command", [("span", "lstm"), ("compare", "lstm", "gru")])
def test_a_wrong_protocol_is_one_line_and_exit_code_2(
    command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "newer.toml").write_text(write_toml(content(format=2)))
    for given, words in (
        ("standrad-1", "--protocol must be one of standard-1, quick-1"),
        (str(tmp_path / "newer.toml"), "the newest form that this version of echospan reads"),
    ):
        assert echospan([*command, "--protocol", given]) == 2
        said = capsys.readouterr().err.strip()
        assert words in said
        assert len(said.splitlines()) == 1


def test_what_is_not_given_is_the_protocols() -> None:
    for name in STANDARD:
        plan = make_plan(name)
        use = plan.use(interrupted=False)
        assert (use.name, use.version, use.standard, use.changed) == (name, 1, True, {})
        assert plan.used == plan.base
        assert (plan.task.name, plan.task.symbols) == ("echo", 10)
    assert not make_plan("quick-1").use(interrupted=True).standard


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"seeds": 3, "symbols": 10, "task": "echo", "updates": 4000}, {}),
        ({"task": {"kind": "echo"}}, {}),
        ({"task": Echo}, {}),
        ({"task": Echo(symbols=4, lag=2)}, {"symbols": [10, 4]}),
        ({"task": {"kind": "echo", "symbols": 4}}, {"symbols": [10, 4]}),
        ({"seeds": 5}, {"seeds": [3, 5]}),
        ({"lags": [2, 1, 2]}, {"lags": [None, [1, 2]]}),
        ({"rates": [0.01]}, {"rates": [[0.001, 0.003, 0.01, 0.03], [0.01]]}),
        ({"updates": 500}, {"updates": [4000, 500], "most_updates": [4000, 500]}),
        ({"largest": 20}, {"largest": [100, 20]}),
        ({"budget": "1min"}, {"budget": [None, "60 s"]}),
        ({"task": "copy"}, {"task": ["echo", "copy"]}),
        ({"task": "copy", "symbols": 4}, {"task": ["echo", "copy"], "symbols": [10, 4]}),
        ({"task": {"kind": "copy", "items": 3}}, {"task": ["echo", {"kind": "copy", "items": 3}]}),
    ],
)
def test_what_is_given_is_listed_where_it_differs(given: Any, changed: dict[str, Any]) -> None:
    use = make_plan("quick-1", **given).use(interrupted=False)
    assert use.changed == changed
    assert use.standard == (not changed)


def test_a_task_object_is_told_by_its_settings() -> None:
    changed = make_plan("quick-1", task=Copy(items=3)).use(interrupted=False).changed
    assert changed["task"][1]["items"] == 3


def test_the_rules_of_a_file_reach_the_search_and_it_is_no_standard() -> None:
    own = content(lags=[0, 1], symbols=4, seeds=2)
    own["sequences"] = {**own["sequences"], "shortest": 64, "evaluated_times": 2}
    sheet = span("last-value", protocol=own)
    assert (sheet.span, sheet.seeds, sheet.symbols) == (0, 2, 4)
    assert {row.training_length for row in sheet.per_lag} == {64}
    # Each of 32 sequences of 128 steps has an answer from step 1 on.
    assert sheet.per_lag[1].scored == 32 * 127
    assert sheet.protocol is not None
    assert sheet.protocol == make_plan(own).use(interrupted=False)
    assert not sheet.protocol.standard
    assert ProtocolUse.from_dict(sheet.protocol.to_dict()) == sheet.protocol


@pytest.mark.slow
def test_sheets_of_different_rules_are_not_compared() -> None:
    quick = span("last-value", protocol="quick-1", lags=[0, 1], seeds=1)
    other = span("chance", protocol="quick-1", lags=[0, 1], seeds=1)
    require_same_protocol([quick, other])
    for given, words in (
        ({"protocol": "standard-1"}, "protocol quick-1 for last-value and standard-1 for chance"),
        ({"protocol": "quick-1", "symbols": 4}, "symbols 10 for last-value and 4 for chance"),
        ({"protocol": "quick-1", "lags": [0]}, r"lags \[0, 1\] for last-value and \[0\] for"),
    ):
        differs = span("chance", **{"lags": [0, 1], "seeds": 1, **given})
        with pytest.raises(ConfigError, match=words):
            require_same_protocol([quick, other, differs])
    from dataclasses import replace

    with pytest.raises(ConfigError, match="protocol quick-1 for last-value and unknown"):
        require_same_protocol([quick, replace(other, protocol=None)])
