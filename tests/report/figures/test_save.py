from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from echospan.errors import ConfigError
from echospan.report.figures import comparison, hidden_state, save, training_curve
from report.samples import hidden, history


@pytest.mark.parametrize("suffix", [".png", ".svg", ".SVG", ".pdf"])
def test_same_figure_same_bytes(tmp_path: Path, suffix: str) -> None:
    files = [
        save(hidden_state(**hidden()), tmp_path / f"{name}{suffix}").read_bytes() for name in "ab"
    ]
    assert files[0] == files[1]
    starts = {".png": b"\x89PNG", ".pdf": b"%PDF"}
    assert files[0].startswith(starts.get(suffix, b"<?xml"))


def test_svg_is_well_formed_and_undated(tmp_path: Path) -> None:
    path = save(training_curve(history()), tmp_path / "deep" / "er" / "curve.svg")
    text = path.read_text()
    assert ElementTree.fromstring(text).tag.endswith("svg")
    assert "<dc:date>" not in text
    assert "Matplotlib" not in text


@pytest.mark.parametrize("name", ["curve.gif", "curve", "curve.png.exe"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"\.png, \.svg or \.pdf"):
        save(comparison([]), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
