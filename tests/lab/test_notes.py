"""Notes on runs."""

from __future__ import annotations

import pytest

from echospan.errors import ConfigError
from echospan.lab import notes


def test_a_note_is_kept_changed_and_removed(tmp_path):
    assert notes.read(tmp_path) == {}
    notes.write(tmp_path, "a", "first\n<b>")
    notes.write(tmp_path, "b", "second")
    assert notes.read(tmp_path) == {"a": "first\n<b>", "b": "second"}
    notes.write(tmp_path, "a", "  ")
    assert notes.read(tmp_path) == {"b": "second"}


def test_a_damaged_file_holds_no_notes(tmp_path):
    (tmp_path / notes.NAME).write_bytes(b"\xff{")
    assert notes.read(tmp_path) == {}


def test_a_note_that_is_too_long_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="note must be at most"):
        notes.write(tmp_path, "a", "x" * 2001)


def test_a_link_in_its_place_is_not_followed(tmp_path):
    target = tmp_path / "target"
    target.write_text("{}")
    (tmp_path / notes.NAME).symlink_to(target)
    with pytest.raises(Exception, match=r"link|note"):
        notes.write(tmp_path, "a", "text")
    assert target.read_text() == "{}"
