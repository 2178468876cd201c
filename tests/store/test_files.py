from __future__ import annotations

import errno
import os
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from echospan.errors import CorruptRun, StoreError
from echospan.store import files
from echospan.store.files import (
    parse_json,
    read_json,
    read_limited,
    read_object,
    remove_leftovers,
    to_json,
    write_atomic,
    write_json,
)
from echospan.store.problems import MissingFile

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # Lone surrogates too: a file name that is not UTF-8 holds them.
    | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(JSON)
def test_json_goes_there_and_back(value: object) -> None:
    assert parse_json(to_json(value, "value"), Path("x.json")) == value


def test_numpy_tuples_paths_and_enums_become_plain() -> None:
    class Colour(str, Enum):  # noqa: UP042  (an Enum of str, not a StrEnum, is what is tried)
        RED = "red"

    value = {
        "scalar": np.float32(0.5),
        "count": np.int64(3),
        "flag": np.bool_(True),
        "array": np.asarray([[1, 2], [3, 4]]),
        "pair": (1, 2),
        "path": Path("a/b"),
        "enum": Colour.RED,
        "nan": float("nan"),
        "nans": np.asarray([1.0, np.inf]),
    }
    assert parse_json(to_json(value, "value"), Path("x.json")) == {
        "scalar": 0.5,
        "count": 3,
        "flag": True,
        "array": [[1, 2], [3, 4]],
        "pair": [1, 2],
        "path": "a/b",
        "enum": "red",
        "nan": None,
        "nans": [1.0, None],
    }


def test_exact_keeps_infinity() -> None:
    text = to_json({"best": float("inf")}, "meta", exact=True)
    assert parse_json(text, Path("x"), exact=True) == {"best": float("inf")}


def test_what_json_would_change_is_refused() -> None:
    with pytest.raises(StoreError, match="the key 1"):
        to_json({1: "a"}, "vocabulary")
    with pytest.raises(StoreError, match=r"config, 'task' must hold .* got a object"):
        to_json({"task": object()}, "config")
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(StoreError, match="nested too deeply"):
        to_json(loop, "config")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "not valid JSON"),
        (b'{"a": 1', "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b"9" * 10_000, "not valid JSON"),
        (b"[1]", "must hold a JSON object and holds a list"),
    ],
)
def test_damaged_json_names_the_file(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(data)
    with pytest.raises(CorruptRun, match=why) as caught:
        read_object(path)
    assert "result.json" in str(caught.value)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    with open(path, "wb") as file:
        file.truncate(1 << 36)  # sparse: 64 GiB that take no room
    with pytest.raises(CorruptRun, match=r"holds 68719476736 bytes"):
        read_json(path)


def test_what_cannot_be_read_back_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "JSON_LIMIT", 100)
    write_json(tmp_path / "a.json", "x" * 50)
    with pytest.raises(StoreError, match=r"would hold 153 bytes"):
        write_json(tmp_path / "a.json", "x" * 150)
    assert read_json(tmp_path / "a.json") == "x" * 50


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")  # opening it for reading would block
    for name in ("link", "zero", "folder", "pipe"):
        with pytest.raises(CorruptRun, match=f"{name} cannot be used"):
            read_limited(tmp_path / name, 100)
    with pytest.raises(MissingFile, match="nothing is missing"):
        read_limited(tmp_path / "nothing", 100)


def test_a_linked_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.json").write_text("1")
    (tmp_path / "json").symlink_to(tmp_path / "outside")
    with pytest.raises(CorruptRun, match="links are not followed"):
        read_json(tmp_path / "json" / "a.json")
    with pytest.raises(CorruptRun, match="links are not followed"):
        write_json(tmp_path / "json" / "a.json", 2)
    assert (tmp_path / "outside" / "a.json").read_text() == "1"


@pytest.mark.parametrize("broken", ["fsync", "replace"])
@pytest.mark.parametrize(
    ("code", "why"),
    [
        (errno.ENOSPC, "the disk is full. Free some space, or choose .* --store or ECHOSPAN_STORE"),
        (errno.EROFS, "the disk is read-only. Choose another folder with --store"),
        (errno.EACCES, "permission is refused"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_refusing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, code: int, why: str
) -> None:
    path = tmp_path / "result.json"
    write_atomic(path, b"old")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, broken, refuse)
        with pytest.raises(StoreError, match=why):
            write_atomic(path, b"new")
    assert [item.name for item in tmp_path.iterdir()] == ["result.json"]
    assert path.read_bytes() == b"old"


def test_an_interrupted_write_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a", b"data")
    assert list(tmp_path.iterdir()) == []


def test_leftovers_go_and_files_stay(tmp_path: Path) -> None:
    (tmp_path / ".a.json.12.abcd.tmp").write_text("half")
    (tmp_path / "a.json").write_text("1")
    remove_leftovers(tmp_path)
    assert [item.name for item in tmp_path.iterdir()] == ["a.json"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300))
def test_any_bytes_are_json_or_corrupt(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.json").write_bytes(data)
    try:
        read_json(tmp_path / "a.json")
    except CorruptRun as error:
        assert "a.json" in str(error)  # noqa: PT017  (either outcome is right)
