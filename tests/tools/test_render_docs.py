"""The executed pages as Markdown: up to date with their sources, and whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from report.sheets import full_sheet
from tools import render_docs

PAGE = """---
kernelspec:
  name: python3
---

# A page

See [the other](other.md), [the code](../src/a.py#L1), [a site](https://x.org) and `[no](link.md)`.

```{console}
:lines: 2
:exit: 3
$ printf 'run a-20261130-092308-457e\\ntook 1.5 s, compile 513 ms\\nthird\\n'; exit 3
```

```python
[kept](as.md)
```
"""


@pytest.fixture
def docs(tmp_path, monkeypatch):
    monkeypatch.setattr(render_docs, "DOCS", tmp_path)
    monkeypatch.setattr(render_docs, "FOLDER", tmp_path / "rendered")
    (tmp_path / "rendered").mkdir()
    (tmp_path / "page.md").write_text(PAGE, "utf-8")
    (tmp_path / "other.md").write_text("# Prose alone\n", "utf-8")
    return tmp_path


def test_no_rendered_page_is_older_than_its_source() -> None:
    assert render_docs.pages(), "no page is executed"
    written = {path.stem for path in render_docs.FOLDER.glob("*.md")} - {"README"}
    assert written
    assert written <= set(render_docs.pages())
    old = written & set(render_docs.stale())
    assert not old, f"run `make rendered` to write {', '.join(sorted(old))} anew"
    assert (render_docs.FOLDER / "README.md").read_text("utf-8") == render_docs.index()


def test_every_picture_of_a_rendered_page_is_there_and_none_is_left_over() -> None:
    shown = {
        name
        for path in render_docs.FOLDER.glob("*.md")
        for name in re.findall(r"!\[[^]]*\]\(([^)/]+)\)", path.read_text("utf-8"))
    }
    kept = {path.name for path in render_docs.FOLDER.iterdir() if path.suffix != ".md"}
    assert shown == kept
    assert all((render_docs.FOLDER / name).stat().st_size < 200_000 for name in kept)


def test_links_of_rendered_pages_lead_somewhere() -> None:
    for path in render_docs.FOLDER.glob("*.md"):
        text = re.sub(
            r"^(`{3,})\w*\n.*?^\1$|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.M | re.S
        )
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            assert "://" in target or (path.parent / target).exists(), f"{path.name}: {target}"


def test_rendered_pages_hold_no_directive_and_no_html() -> None:
    for path in render_docs.FOLDER.glob("*.md"):
        text = re.sub(r"^(`{3,})\w*\n.*?^\1$", "", path.read_text("utf-8"), flags=re.M | re.S)
        assert "```{" not in text, path.name
        assert not re.search(r"<(?!!--)\w+[ >]", re.sub(r"`[^`\n]*`", "", text)), path.name


def test_a_page_is_run_and_written_with_its_output(docs: Path, tmp_path: Path) -> None:
    assert render_docs.pages() == render_docs.stale() == ["page"]
    (tmp_path / "work").mkdir()
    render_docs.Rendering("page", tmp_path / "work").write()
    text = (docs / "rendered" / "page.md").read_text("utf-8")
    assert text.startswith("<!-- From docs/page.md, fingerprint ")
    assert "kernelspec" not in text
    assert "exit 3\nrun a-20261130-092308-457e\ntook 1.5 s, compile 513 ms\n...\n```" in text
    assert (
        "[the other](../other.md), [the code](../../src/a.py#L1), [a site](https://x.org)" in text
    )
    assert "[kept](as.md)" in text
    assert render_docs.stale() == []
    (docs / "page.md").write_text(PAGE + "\nMore.\n", "utf-8")
    assert render_docs.stale() == ["page"]


def test_a_command_that_ends_otherwise_stops_it(docs: Path, tmp_path: Path) -> None:
    (docs / "page.md").write_text("```{console}\n$ exit 4\n```\n", "utf-8")
    with pytest.raises(SystemExit, match="exit 4 ended with 4"):
        render_docs.Rendering("page", tmp_path).write()


def test_the_figure_of_a_card_becomes_a_picture() -> None:
    drawn = render_docs.figure_of(full_sheet()._repr_html_())
    assert drawn.startswith("<svg xmlns=")
    assert "prefers-color-scheme: dark" in drawn
    assert render_docs.figure_of("<p>none</p>") == ""
