"""Text of others is shown as text: it is no markup, and the terminal obeys none of it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys

import pytest

from echospan.cli.printing import json_line
from echospan.console import Terminal
from echospan.foreign import one_line, text_of, visible

HOSTILE = {
    "closing tag": "[/x]",
    "open tag": "[red]x",
    "unknown style": "[no such style]x[/]",
    "link": "[link=file:///etc]x[/link]",
    "emoji code": ":warning:",
    "colour": "a\x1b[31mb",
    "title of the window": "\x1b]0;gone\x07x",
    "clear the screen": "x\x1b[2J\x1b[H",
    "C1 control": "a\x9b31mb",
    "carriage return": "safe\rgone",
    "backspaces": "abc\b\b\bxyz",
    "bell": "\a\a",
    "delete": "a\x7fb",
    "bidi override": "abc\u202egnp.exe",
    "isolate": "\u2066a\u2069",
    "line separator": "a\u2028b",
    "zero width": "a\u200bb",
    "tag characters": "a\U000e0041b",
    "surrogate": "a\udcffb",
    "private use": "a\ue000b",
    "backslash": "a\\[/x]\\",
    "format": "{x} {0} %s %d",
    "mathematics": "$\\frac{",
    "html": "<script>alert(1)</script>&amp;",
    "table": "a|b`c`*d*",
    "latex": "\\input{x}%$#_{}~^",
    "long": "[" * 300,
}
QUICK = ("closing tag", "colour", "C1 control", "bidi override")

each = pytest.mark.parametrize(
    "name",
    [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in HOSTILE],
)


def assert_harmless(said, *, codes=(0, 2)) -> None:
    assert said.code in codes, said
    for text in (said.out, said.err):
        assert [c for c in text if not c.isprintable() and c != "\n"] == [], said
        assert "Traceback" not in text
        assert "MarkupError" not in text
        assert "\u26a0" not in text


def plain_name(text: str) -> str:
    """What can stand in a file's name."""
    return text.replace("/", "_")[:100]


@each
def test_cells_columns_and_file_names(shell, tmp_path, name):
    text = HOSTILE[name].encode("utf-8", "replace").decode()
    quoted = text.replace('"', '""').replace("\n", " ")
    file = tmp_path / f"{plain_name(HOSTILE[name])}.csv"
    file.write_text(f'"{quoted}",y\n' + f'"{quoted}",1\n"b",2\n' * 6, "utf-8", newline="")
    for command in (
        ("data", file, "--column", "#1"),
        ("data", file, "--column", "y"),
        ("data", file, "--column", text),
        ("data", file, "--column", f"no {text}"),
        ("data", file, "--column", "#1", "--json"),
        ("data", tmp_path / "missing" / text, "--column", "y"),
        ("show", "csv", "--data", file, "--column", "#1"),
        ("show", "csv", "--data", file, "--column", "#1", "--json"),
    ):
        assert_harmless(shell(*command))


@each
def test_what_is_typed(shell, name):
    text = HOSTILE[name]
    for command in (
        (text,),
        ("list", text),
        ("show", text),
        ("explain", text),
        ("explain", text, "--json"),
        ("run", "stream", "--set", text),
        ("run", "stream", "--set", f"task.{text}={text}"),
        ("run", "stream", "--set", f"task.kind={text}"),
        ("run", "stream", f"--{text}"),
        ("span", text),
        ("check", text),
        ("check", f"{text}:f"),
        ("runs", "show", text),
        ("predict", text, text),
        ("report", text, "-o", text),
    ):
        assert_harmless(shell(*command))


@each
def test_what_a_store_holds(shell, folder, name):
    from echospan.store import Store

    with Store(folder) as store:
        run = store.create(recipe="stream", config={}, fingerprint="f", seed=0, label="label")
        run.fail(ValueError(HOSTILE[name]))
    text = HOSTILE[name].encode("utf-8", "replace").decode()
    with sqlite3.connect(folder / "index.sqlite") as index:
        index.execute("UPDATE runs SET recipe = ?, label = ?", [text, text])
    index.close()
    for command in (
        ("runs", "list"),
        ("runs", "list", "--json"),
        ("runs", "show", run.id),
        ("runs", "show", run.id, "--json"),
        ("runs", "list", "--recipe", text),
        ("predict", run.id, "1"),
        ("runs", "remove", run.id),
    ):
        assert_harmless(shell(*command))


@each
def test_a_file_of_settings(shell, tmp_path, name):
    text = HOSTILE[name].encode("utf-8", "replace").decode()
    part = json.dumps(text, ensure_ascii=True).encode("utf-16", "surrogatepass").decode("utf-16")
    # TOML has no surrogates in escapes: only what JSON and TOML write alike.
    (tmp_path / "own.toml").write_text(
        f"name={part}\ntitle={part}\nabout={part}\n[task]\nkind={part}\n", "utf-8"
    )
    for command in (("run", "own.toml"), ("show", "own.toml"), ("run", "own.toml", "--check")):
        assert_harmless(shell(*command), codes=(2,))


@each
def test_what_user_code_says(shell, tmp_path, monkeypatch, name):
    (tmp_path / "user.py").write_text(
        f"TEXT = {HOSTILE[name]!a}\ndef f():\n    raise ValueError(TEXT)\n"
        "def g():\n    return {TEXT: 1}\ndef h(): \n    raise SystemExit(TEXT)\n",
        "utf-8",
    )
    monkeypatch.setenv("ECHOSPAN_STORE", plain_name(HOSTILE[name]).replace("\0", ""))
    for function in "fgh":
        assert_harmless(shell("check", f"user.py:{function}"), codes=(2,))
    assert_harmless(shell("runs", "show", "latest"), codes=(2,))


@each
def test_labels_of_the_bar(name):
    import io

    from echospan.cli.progress import Bar

    bar = Bar()
    stream = io.StringIO()
    bar._progress.live.console = Terminal(file=stream, force_terminal=True, width=60)
    text = HOSTILE[name]
    with bar:
        bar.begin(text, 3)
        bar.progress(1, {text: 0.5})
        bar.note(text)
        part = bar.part(text, 2)
        part.begin(text, 3)
        bar._progress.refresh()
    assert stream.getvalue()


@each
def test_figures_pages_and_tables(name):
    from xml.etree import ElementTree

    from echospan.report.figures.save import rendered
    from echospan.report.memory_objects import UsesReport
    from echospan.report.objects import CheckReport, ConformReport
    from echospan.results.check_report import Finding, Lag
    from echospan.results.conform import ConformCheck
    from echospan.results.uses import UsesAblation, UsesClass, UsesPoint

    text = HOSTILE[name][:40]
    finding = Finding("target-in-input", "error", text, {"what": text}, text)
    reach = tuple(Lag(lag, True, False, 0.5, text, f"{text} {text}") for lag in range(3))
    report = CheckReport(
        (finding,), reach=reach, looked=(text,), skipped=(text,), call={text: text}
    )
    row = ConformCheck(
        text, "fault", 1.0, 1e-12, 2.0, 1.0, {text: text}, text, reason=text, script=text
    )
    conformed = ConformReport(text, text, text, (row,), {text: text}, 1.0, (text,))
    used = UsesReport(
        text, text, 8, 9, 1, (1, 2), "average", 1, 2, 3, None,
        {"average": (UsesPoint(0, 1.0, (0.9, 1.1)), UsesPoint(8, 0.5))},
        (UsesAblation("average", 1, (1, 2), 1), UsesAblation("restart", reason=text)), (text,),
        classes=(UsesClass(text, 3, 0.5, 1.0),), loss=text, full_loss=0.5, constant_loss=1.0,
        versions={text: text}, notes=(text,),
    )  # fmt: skip
    for each_report in (report, conformed, used):
        for shown in (str(each_report), repr(each_report)):
            assert [c for c in shown if not c.isprintable() and c != "\n"] == []
        page = each_report._bytes(".html").decode("utf-8", "replace")
        assert "<script>alert" not in page
        assert "\x1b" not in page
        for suffix in (".md", ".tex"):
            assert "\x1b" not in each_report._bytes(suffix).decode()
        ElementTree.fromstring(rendered(each_report.figure(), "svg"))


def test_help_lists_names_of_other_packages_as_text(shell, monkeypatch):
    from echospan.cli import command

    names = list(HOSTILE.values())
    monkeypatch.setitem(command.NAMES, "tasks", lambda: names)
    monkeypatch.setitem(command.NAMES, "models", lambda: names)
    # The help is made once: of a new application.
    code = (
        "from echospan.cli import command\n"
        f"names = {names!a}\n"
        "command.NAMES.update(tasks=lambda: names, models=lambda: names)\n"
        "from echospan.cli import main\nmain(['span', '--help'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [c for c in done.stdout if not c.isprintable() and c != "\n"] == []


@pytest.mark.parametrize("name", HOSTILE)
def test_visible(name):
    text = HOSTILE[name]
    assert visible(text).isprintable() or "\u00a0" in text
    assert visible(visible(text)) == visible(text)
    assert "\n" not in one_line(f"{text}\n{text}")
    line = json_line({text: text})
    assert line.isprintable()
    assert json.loads(line) == {text: text}
    assert json_line({"a": "é回"}, "ascii") == json.dumps({"a": "é回"})
    for segment in Terminal().render(text):
        assert segment.text.isprintable() or segment.text == "\n"


def test_the_text_of_an_error_that_has_none():
    class Leaving(Exception):
        def __str__(self) -> str:
            raise SystemExit(0)

    assert "text can't be made" in text_of(Leaving())
