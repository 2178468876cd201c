"""predict, forecast and stream."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest


def test_predict_echoes(on_trained):
    said = on_trained("predict", "latest:stream", "3", "1", "4", "0", "2", "--json").json
    assert said["inputs"] == ["3", "1", "4", "0", "2"]
    assert said["expected"] == [None, "3", "1", "4", "0"]
    assert said["predicted"] == said["expected"]
    assert said["run_id"].startswith("stream-")
    text = on_trained("predict", "latest:stream", "3", "1", "4").out
    assert text.splitlines()[2].split() == ["predicted", "-", "3", "1"]
    assert "no answer" in said["note"]
    alone = on_trained("predict", "latest:stream", "3").out
    assert "3 is remembered: the answer comes with the next number." in alone


def test_predict_with_a_window_answers_once_it_is_full(on_trained):
    said = on_trained("predict", "latest:window", "3", "1", "4", "0", "2", "--json").json
    assert said["predicted"] == [None, None, "1", "4", "0"]


def test_predict_from_standard_input_and_from_a_column(on_trained, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.StringIO("3, 1\n4\n"))
    piped = on_trained("predict", "latest:stream", "--json").json
    assert piped["inputs"] == ["3", "1", "4"]
    (tmp_path / "mine.csv").write_text("a,b\n0,3\n0,1\n0,4\n")
    read = on_trained(
        "predict", "latest:stream", "--data", "mine.csv", "--column", "b", "--json"
    ).json
    assert read == piped
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    assert "no numbers" in on_trained.refused("predict", "latest:stream")


@pytest.mark.parametrize("recipe", ["stream", "window"])
def test_stream_says_what_predict_says(on_trained, monkeypatch, recipe):
    numbers = ["3", "1", "4", "1", "0", "2", "2", "4", "0", "0", "3", "1"]
    predicted = on_trained("predict", f"latest:{recipe}", *numbers, "--json").json["predicted"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(numbers) + "\n"))
    said = on_trained("stream", f"latest:{recipe}")
    assert said.code == 0
    assert said.out.splitlines() == [answer or "-" for answer in predicted]
    monkeypatch.setattr(sys, "stdin", io.StringIO("3\n1\n"))
    lines = on_trained("stream", f"latest:{recipe}", "--json").out.splitlines()
    assert [json.loads(line)["step"] for line in lines] == [1, 2]
    assert json.loads(lines[0])["echo"] == "-"


@pytest.mark.parametrize(("bad", "part"), [("x", "'x'"), ("9", "9"), ("", "blank"), ("1.5", "1.5")])
def test_a_bad_line_in_the_stream(on_trained, monkeypatch, bad, part):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"3\n{bad}\n1\n"))
    said = on_trained("stream", "latest:stream")
    assert said.code == 2
    assert said.out == "-\n"
    assert said.err.startswith("error: Line 2 of the stream")
    assert part in said.err
    assert said.err.count("\n") == 1


@pytest.mark.slow
def test_stream_answers_each_line_before_the_next_is_written(trained):
    code = "from echospan.cli import main; main(['stream', 'latest:stream'])"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "ECHOSPAN_STORE": str(trained)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        answers = []
        for number in ("3", "1", "4", "2"):
            process.stdin.write(number + "\n")
            process.stdin.flush()
            answers.append(process.stdout.readline())
        process.stdin.close()
        assert process.wait(60) == 0
    assert answers == ["-\n", "3\n", "1\n", "4\n"]


@pytest.mark.slow
def test_a_forecast_is_worth_no_more_than_chance(on_trained):
    said = on_trained("forecast", "latest:stream", "--steps", "20", "--json").json
    assert len(said["forecast"]) == 20
    assert len(said["context"]) == 8
    assert said["scored"] == 400 * 20
    # A binomial of 8,000 with p = 1/5 has a standard deviation of 0.0045.
    assert said["accuracy"] == pytest.approx(0.2, abs=4 * 0.0045)
    assert said["chance"] == 0.2
    own = on_trained("forecast", "latest:window", "1", "2", "3", "4", "--steps", "3", "--json").json
    assert own["context"] == ["1", "2", "3", "4"]
    # A perfect echo, fed its own answers, repeats: 3, then 3's echo, and so on.
    assert own["forecast"] == ["3", "4", "3"]
    assert "no model can do better" in " ".join(on_trained("forecast", "latest:stream").out.split())


def test_a_forecast_needs_enough_numbers(on_trained):
    assert "too few" in on_trained.refused("forecast", "latest:window", "1", "2")
