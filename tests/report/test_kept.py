"""Reports in a store, from Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import echospan
from echospan.errors import ConfigError, StoreError
from echospan.report.kept import keep, read_report
from echospan.store import Store
from report.needed import needed

TEXT = np.array([0, 1] * 60)


def test_a_report_is_kept_where_a_store_is_given(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        report = echospan.needs(TEXT, lookbacks=[1, 2], store=store)
        run = store.get("latest:needs")
        assert read_report(run) == report
        assert run.summary.outcome == "needs 1"
        assert run.config["settings"]["lookbacks"] == [1, 2]
        # The store is left open.
        echospan.needs(TEXT, lookbacks=[1], store=store)
        assert len(store.list(kind="needs")) == 2
    echospan.needs(TEXT, lookbacks=[1], store=tmp_path)
    with Store(tmp_path) as store:
        assert len(store.list(kind="needs")) == 3


def test_a_store_that_cannot_be_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="store must be a folder that can be written to"):
        echospan.needs("no such file", store=tmp_path / "file" / "runs")
    with pytest.raises(ConfigError, match=r"store must be a folder's path or an echospan\.Store"):
        echospan.needs(TEXT, store=3)  # type: ignore[arg-type]


def test_what_can_no_longer_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr("echospan.store.Run.save_result", full)
    with pytest.warns(UserWarning, match=r"^The report is not kept: The disk is full\."):
        assert echospan.needs(TEXT, lookbacks=[1], store=tmp_path).needs == 1


def test_objects_are_kept_as_the_names_of_their_types(tmp_path: Path) -> None:
    settings = {"loss": len, "classes": np.zeros(3), "path": tmp_path, "many": (1, "a", None)}
    with Store(tmp_path) as store:
        run = keep(needed(), "needs", store, subject="a\nb", settings=settings)
        assert run is not None
        assert run.config == {
            "name": "ab",
            "settings": {
                "loss": "len", "classes": "ndarray", "path": str(tmp_path), "many": [1, "a", None],
            },
        }  # fmt: skip
        assert run.recipe == "needs-a-b"
