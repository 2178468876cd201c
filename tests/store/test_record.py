from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from echospan.errors import CorruptRun
from echospan.store.record import RunSummary, iso, read_record, write_record

from .helpers import row


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / row(1).run_id
    made.mkdir()
    return made


def test_there_and_back(folder: Path) -> None:
    write_record(folder, row(1, label="é", seconds=0.1 + 0.2))
    assert read_record(folder) == row(1, label="é", seconds=0.1 + 0.2)


def test_the_summary_has_what_a_listing_shows() -> None:
    assert row(7, label="x").summary.to_json() == {
        "run_id": "window-20261123-000007-0000",
        "recipe": "window",
        "state": "finished",
        "seed": 7,
        "accuracy": 0.5,
        "created": "2026-11-23T10:00:00.000007Z",
        "finished": None,
        "seconds": 1.0,
        "fingerprint": "f00d",
        "label": "x",
        "parent": None,
        "kind": "run",
        "outcome": "",
    }


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"format": 2}, "its format is not 1"),
        ({"seed": "1"}, "'seed' has the wrong type"),
        ({"seed": True}, "'seed' has the wrong type"),
        ({"seed": 1 << 70}, "out of range"),
        ({"accuracy": "high"}, "'accuracy' has the wrong type"),
        ({"state": "asleep"}, "'asleep' is none of running"),
        ({"run_id": "../../elsewhere"}, "belongs to the run"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_wrong_field_is_named(folder: Path, change: dict[str, Any], why: str) -> None:
    write_record(folder, row(1))
    data = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps({**data, **change}))
    with pytest.raises(CorruptRun, match=why) as caught:
        read_record(folder)
    assert "run.json" in str(caught.value)


def test_a_missing_field_is_named(folder: Path) -> None:
    write_record(folder, row(1))
    data = json.loads((folder / "run.json").read_text())
    del data["recipe"]
    (folder / "run.json").write_text(json.dumps(data))
    with pytest.raises(CorruptRun, match=r"run\.json cannot be used.*recipe"):
        read_record(folder)


def test_a_linked_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    write_record(folder, row(1))
    folder.rename(tmp_path / "outside")
    folder.symlink_to(tmp_path / "outside")
    with pytest.raises(CorruptRun, match="not a folder"):
        read_record(folder)


def test_times_are_in_utc_and_sort_as_text() -> None:
    noon = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert iso(noon) == "2026-11-23T10:00:00.000000Z"
    assert datetime.fromisoformat(iso(noon)) == noon
    assert iso(noon) < iso(datetime(2026, 11, 23, 10, 0, 0, 1, tzinfo=UTC))


def test_a_run_stored_by_version_0_1_opens_as_it_was(tmp_path):
    """The file to the letter, as it was written before the record inherited from the summary."""
    folder = tmp_path / "window-20261128-101500-3f2a"
    folder.mkdir()
    (folder / "run.json").write_text(
        '{"format": 1, "run_id": "window-20261128-101500-3f2a", "recipe": "window", '
        '"state": "finished", "seed": 3, "accuracy": 0.75, '
        '"created": "2026-11-28T10:15:00.000001Z", "finished": "2026-11-28T10:15:09.000001Z", '
        '"seconds": 9.0, "fingerprint": "abc", "host": "machine", "pid": 12, "started": "34", '
        '"since": 1.5, "label": "mine", "parent": null}',
        "utf-8",
    )
    record = read_record(folder)
    assert record.summary.to_json() == {
        "run_id": "window-20261128-101500-3f2a",
        "recipe": "window",
        "state": "finished",
        "seed": 3,
        "accuracy": 0.75,
        "created": "2026-11-28T10:15:00.000001Z",
        "finished": "2026-11-28T10:15:09.000001Z",
        "seconds": 9.0,
        "fingerprint": "abc",
        "label": "mine",
        "parent": None,
        "kind": "run",
        "outcome": "",
    }
    assert (record.owner.host, record.owner.pid, record.owner.started) == ("machine", 12, "34")
    assert type(record.summary) is RunSummary
