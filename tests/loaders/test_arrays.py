"""Arrays of files: what is sound is read as NumPy reads it, and nothing else is read at all."""

from __future__ import annotations

import os

import numpy as np
import pytest

from echospan.errors import ConfigError, DataError
from echospan.given import lines_of, open_given
from echospan.limits import given_consent
from echospan.loaders import load_arrays, load_column
from limits import files

SOUND_HERE = {"nan", "no-samples", "no-axes", "complex"}
"""Arrays of numbers; the check says what is wrong with them."""


@pytest.mark.parametrize("name", files.HEADERS)
def test_a_npy_file_that_lies_or_is_broken_is_one_sentence(tmp_path, name):
    path = tmp_path / "x.npy"
    path.write_bytes(files.HEADERS[name])
    with pytest.raises(DataError, match=r"x\.npy"):
        load_arrays(path)


@pytest.mark.parametrize("name", sorted(files.ARCHIVES.keys() - SOUND_HERE - {"nothing", "lzma"}))
def test_a_npz_file_that_lies_or_is_broken_is_one_sentence(tmp_path, name):
    path = tmp_path / "x.npz"
    path.write_bytes(files.ARCHIVES[name]())
    with pytest.raises(DataError, match=r"x\.npz"):
        load_arrays(path)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12.0).reshape(3, 4),
        np.asfortranarray(np.arange(24).reshape(2, 3, 4)),
        np.float32(3.5),
        np.zeros((0, 7), "i2"),
        np.array([True, False]),
        np.arange(5, dtype=">i4"),
        np.arange(3) * 1j,
    ],
)
def test_sound_arrays_are_what_numpy_reads(tmp_path, array):
    np.save(tmp_path / "x.npy", array)
    np.savez_compressed(tmp_path / "x.npz", x=array, y=array)
    expected = np.load(tmp_path / "x.npy")
    for name, read in load_arrays(tmp_path / "x.npz").items():
        assert name in ("x", "y")
        np.testing.assert_array_equal(read, expected, strict=array.dtype.isnative)
    np.testing.assert_array_equal(load_arrays(tmp_path / "x.npy")["x"], expected)


def test_the_limit_is_an_argument_and_consent_lifts_it(tmp_path):
    path = tmp_path / "x.npz"
    np.savez_compressed(path, x=np.zeros(100_000))
    with pytest.raises(DataError, match=r"unpacks to 800 kB; at most 1 kB are read.*--yes"):
        load_arrays(path, limit=1000)
    with given_consent(True):
        assert load_arrays(path, limit=1000)["x"].shape == (100_000,)
    assert load_arrays(path, limit=1_000_000)["x"].shape == (100_000,)


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "gone", "device", "null", "to-pipe"])
def test_only_plain_files_are_opened(tmp_path, kind):
    path = files.no_files(tmp_path, ".npz")[kind]
    with pytest.raises(DataError, match=kind):
        load_arrays(path)


def test_a_pipe_that_the_shell_opened_is_read_where_once_is_enough():
    reading, writing = os.pipe()
    os.write(writing, b"stops\n3\n5\n3\n")
    os.close(writing)
    assert load_column(f"/dev/fd/{reading}", "stops") == ["3", "5", "3"]
    os.close(reading)


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("before")
    with (
        pytest.raises(DataError, match="changed while it was read"),
        open_given(path, "a file", 100),
    ):
        path.write_text("much longer")


def test_columns_of_parquet_files(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "rides.parquet"
    polars.DataFrame({"stops": [3, 5, 3], "text": ["a", "b", "c"]}).write_parquet(path)
    np.testing.assert_array_equal(load_arrays(path, column="stops")["stops"], [3, 5, 3])
    assert load_column(path, "stops") == ["3", "5", "3"]
    with pytest.raises(ConfigError, match=r"column must be given for a \.parquet file"):
        load_arrays(path)
    with pytest.raises(DataError, match="no column 'other'"):
        load_arrays(path, column="other")
    with pytest.raises(DataError, match="whole numbers; it holds String"):
        load_arrays(path, column="text")
    with pytest.raises(DataError, match="3 rows, 24 bytes; at most 8 bytes"):
        load_arrays(path, column="stops", limit=8)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(DataError, match="cannot be read as a Parquet file"):
        load_arrays(path, column="stops")


def test_a_line_without_end_is_refused(tmp_path):
    path = tmp_path / "line.txt"
    path.write_text("1" * 2_000_000)
    with path.open() as stream, pytest.raises(DataError, match="line 1, is longer than"):
        list(lines_of(stream, "The stream"))
