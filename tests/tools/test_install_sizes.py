"""What is written about the sizes of installations; measuring them takes minutes and a network."""

from __future__ import annotations

import pytest

from tools.environments.table import ROOT
from tools.install_sizes import BEGIN, CASES, END, Measured, size, table, written


def test_a_line_for_each_installation():
    rows = [Measured(case, 90.4, 20.0, 5.0, 1.2, 0.61) for case in CASES]
    section = table(rows)
    assert section.count("\n| `echospan") == len(CASES)
    assert "| 90 | 20 s | 5 s | `echospan explain` | 21 s | 6 s | 0.6 s |" in section
    assert "other processes" not in section
    assert "3 other processes shared" in table(rows, load=3.2)


def test_the_page_keeps_what_stands_around_the_section():
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert written(page, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="no lines"):
        written("before\n", "new")
    text = (ROOT / "docs" / "install.md").read_text("utf-8")
    assert written(text, "new") != text


def test_the_size_is_that_of_the_files(tmp_path):
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    (packages / "a.py").write_bytes(bytes(1_500_000))
    (packages / "b.py").symlink_to(packages / "a.py")
    assert size(tmp_path) == 1.5
