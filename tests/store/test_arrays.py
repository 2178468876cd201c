from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from safetensors.numpy import load_file, save_file

from echospan.errors import CorruptRun, StoreError
from echospan.store import arrays as module
from echospan.store.arrays import check_arrays, read_arrays, write_arrays
from echospan.store.problems import MissingFile

from .helpers import safetensors, weights

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
DTYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
DTYPES += ["float16", "float32", "float64", "complex64", ">i4", ">f8"]


def same(one: dict[str, Any], two: dict[str, Any]) -> bool:
    return set(one) == set(two) and all(
        one[name].shape == two[name].shape
        and one[name].dtype == two[name].dtype
        and one[name].tobytes() == two[name].tobytes()
        for name in one
    )


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=st.sampled_from(DTYPES).flatmap(
        lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
    ),
    transpose=st.booleans(),
)
def test_any_array_comes_back(tmp_path: Path, array: np.ndarray, transpose: bool) -> None:
    given_ = array.T if transpose else array
    write_arrays(tmp_path / "a.safetensors", {"a": given_})
    back = read_arrays(tmp_path / "a.safetensors")[0]["a"]
    assert back.shape == given_.shape
    assert back.dtype == given_.dtype.newbyteorder("=")
    np.testing.assert_array_equal(back, given_)


def test_a_slice_is_stored_as_it_looks(tmp_path: Path) -> None:
    base = np.arange(24.0).reshape(4, 6)
    write_arrays(tmp_path / "a.safetensors", {"a": base[::2, ::-3]})
    np.testing.assert_array_equal(
        read_arrays(tmp_path / "a.safetensors")[0]["a"], [[5, 2], [17, 14]]
    )


def test_arrays_come_back_writable_with_metadata(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.safetensors", weights(), {"meta": "é"})
    arrays, metadata = read_arrays(tmp_path / "a.safetensors")
    assert same(arrays, weights())
    assert metadata == {"meta": "é"}
    arrays["lstm/bias"] += 1


def test_the_file_is_an_ordinary_safetensors_file(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.safetensors", weights())
    assert same(load_file(tmp_path / "a.safetensors"), weights())
    save_file(weights(1), tmp_path / "b.safetensors")
    assert same(read_arrays(tmp_path / "b.safetensors")[0], weights(1))


def test_brain_floats(tmp_path: Path) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    path = tmp_path / "a.safetensors"
    write_arrays(path, {"a": np.asarray([0.5, -2], ml_dtypes.bfloat16)})
    assert read_arrays(path)[0]["a"].dtype == ml_dtypes.bfloat16
    # In a process that has not imported ml_dtypes NumPy does not know the type.
    script = (
        "import sys; from pathlib import Path\n"
        "from echospan.errors import StoreError\n"
        "from echospan.store.arrays import read_arrays\n"
        "try: read_arrays(Path(sys.argv[1]))\n"
        "except StoreError as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("StoreError")
    assert "Import ml_dtypes before" in done.stdout


@pytest.mark.parametrize("array", [np.asarray(["a"]), np.asarray([None]), np.zeros(2, "c16")])
def test_other_dtypes_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    with pytest.raises(StoreError, match="cannot be stored"):
        write_arrays(tmp_path / "a.safetensors", {"a": array})
    assert list(tmp_path.iterdir()) == []


# What a header may claim, and what is said. The first group asks for gigabytes from a tiny file.
LIES: dict[str, tuple[bytes, str]] = {
    "huge shape": (
        safetensors({"a": {**F32, "shape": [1 << 34]}}, bytes(8)),
        "needs 68719476736 bytes and its header gives it 8",
    ),
    "huge shape, huge offsets": (
        safetensors(
            {"a": {**F32, "shape": [1 << 34], "data_offsets": [0, 1 << 36]}},
            bytes(8),
        ),
        "its arrays take .* but it holds",
    ),
    "huge product": (
        safetensors({"a": {**F32, "shape": [1 << 61] * 30}}, bytes(8)),
        "needs .* bytes",
    ),
    "wraps around 64 bits": (
        safetensors({"a": {**F32, "shape": [1 << 32, 1 << 32, 2], "data_offsets": [0, 0]}}),
        "needs .* bytes",
    ),
    "empty but uncountable": (
        safetensors({"a": {**F32, "shape": [0, 1 << 61, 1 << 61], "data_offsets": [0, 0]}}),
        "impossible shape",
    ),
    "huge header length": (safetensors({}, length=1 << 60), "its header claims"),
    "header length beyond the file": (safetensors({}, length=3), "its header claims 3 bytes"),
    "too many axes": (safetensors({"a": {**F32, "shape": [1] * 4000}}), "impossible shape"),
    # The second lies about structure.
    "empty file": (b"", "too few"),
    "seven bytes": (bytes(7), "too few"),
    "not JSON": (safetensors(b"{oops"), "not valid JSON"),
    "not UTF-8": (safetensors(b"\xff{}"), "not valid JSON"),
    "a list": (safetensors([1]), "not a JSON object"),
    "deep": (safetensors(b"[" * 100_000), "nested too deeply"),
    "negative shape": (
        safetensors({"a": {**F32, "shape": [-2]}}, bytes(8)),
        "impossible shape",
    ),
    "shape of truth": (safetensors({"a": {**F32, "shape": [True]}}, bytes(8)), "impossible shape"),
    "fractional shape": (safetensors({"a": {**F32, "shape": [2.0]}}, bytes(8)), "impossible shape"),
    "negative offset": (
        safetensors({"a": {**F32, "data_offsets": [-8, 0]}}, bytes(8)),
        "impossible data_offsets",
    ),
    "three offsets": (
        safetensors({"a": {**F32, "data_offsets": [0, 4, 8]}}, bytes(8)),
        "impossible data_offsets",
    ),
    "backward offsets": (
        safetensors({"a": {**F32, "data_offsets": [8, 0]}}, bytes(8)),
        "needs 8 bytes and its header gives it -8",
    ),
    "overlap": (safetensors({"a": F32, "b": F32}, bytes(8)), "overlaps another"),
    "hole": (
        safetensors({"a": {**F32, "data_offsets": [4, 12]}}, bytes(12)),
        "overlaps another or leaves a hole",
    ),
    "bytes after the end": (safetensors({"a": F32}, bytes(9)), "its arrays take"),
    "truncated": (safetensors({"a": F32}, bytes(7)), "its arrays take"),
    "name twice": (
        safetensors(b'{"a": 1, "a": 2}'),
        "a name occurs twice",
    ),
    "unknown dtype": (safetensors({"a": {**F32, "dtype": "O"}}, bytes(8)), "unknown dtype 'O'"),
    "dtype of no text": (safetensors({"a": {**F32, "dtype": [1]}}, bytes(8)), "unknown dtype"),
    "no dtype": (safetensors({"a": {"shape": [], "data_offsets": [0, 0]}}), "lacks dtype"),
    "entry of no object": (safetensors({"a": 3}), "lacks dtype"),
    "name with a newline": (safetensors({"a\n": F32}, bytes(8)), "name is not allowed"),
    "metadata of numbers": (safetensors({"__metadata__": {"a": 1}}), "metadata is not"),
    "checksums of no JSON": (
        safetensors({"__metadata__": {"crc32": "{"}}),
        "not valid JSON",
    ),
    "checksums of no object": (
        safetensors({"__metadata__": {"crc32": "[]"}}),
        "checksums are not a JSON object",
    ),
    "a boolean of 7": (
        safetensors({"a": {"dtype": "BOOL", "shape": [1], "data_offsets": [0, 1]}}, b"\7"),
        "no booleans",
    ),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_file_is_refused_without_allocating(tmp_path: Path, lie: str) -> None:
    data, why = LIES[lie]
    path = tmp_path / "weights.safetensors"
    path.write_bytes(data)
    tracemalloc.start()
    try:
        with pytest.raises(CorruptRun, match=why) as caught:
            read_arrays(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "weights.safetensors" in str(caught.value)
    # 32 MB, the limit on a header, would be the most that any of these may cost.
    assert peak < 8 << 20


def test_the_lies_are_lies_only_where_they_say(tmp_path: Path) -> None:
    """The plain file that they are made from is well."""
    (tmp_path / "a.safetensors").write_bytes(safetensors({"a": F32}, bytes(8)))
    np.testing.assert_array_equal(read_arrays(tmp_path / "a.safetensors")[0]["a"], [0, 0])


def test_a_sparse_file_cannot_ask_for_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    size = 1 << 40
    header = safetensors({"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}})
    with open(path, "wb") as file:
        file.write(header)
        file.truncate(len(header) + size)  # true to its header, and takes no room on the disk
    check_arrays(path)
    with pytest.raises(CorruptRun, match=f"holds {size} bytes, and .* are read"):
        read_arrays(path)
    with pytest.raises(CorruptRun, match="'a' must be float32"):
        read_arrays(path, {"a": ((2,), "float32")})


@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200
)
@given(data=st.data())
def test_no_damage_goes_unnoticed(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "checkpoint.safetensors"
    write_arrays(path, weights(), {"meta": '{"epoch": 12}'})
    whole = path.read_bytes()
    if data.draw(st.booleans(), label="truncate"):
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        with pytest.raises(CorruptRun, match=r"checkpoint\.safetensors"):
            read_arrays(path)
        return
    place = data.draw(st.integers(0, len(whole) - 1), label="place")
    flip = data.draw(st.integers(1, 255), label="flip")
    path.write_bytes(whole[:place] + bytes([whole[place] ^ flip]) + whole[place + 1 :])
    try:
        arrays, metadata = read_arrays(path)
    except CorruptRun:
        return
    # Harmless: in the padding, in white space, or in the name of the checksums.
    assert same(arrays, weights())
    assert metadata["meta"] == '{"epoch": 12}'


def test_a_flipped_bit_in_the_data_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    write_arrays(path, weights())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptRun, match="checksums of these do not match: lstm/"):
        read_arrays(path)


EXPECTED = {
    "step": ((), "int64"),
    "lstm/kernel": ((3, 8), "float32"),
    "lstm/bias": ((8,), "float32"),
}


def test_expected_arrays_come_back_in_the_expected_order(tmp_path: Path) -> None:
    write_arrays(tmp_path / "a.safetensors", weights())
    arrays, _ = read_arrays(tmp_path / "a.safetensors", EXPECTED)
    assert list(arrays) == list(EXPECTED)
    assert same(arrays, weights())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"lstm/bias": ((9,), "float32")}, r"must be float32 \(9,\) and is float32 \(8,\)"),
        ({"lstm/bias": ((8,), "float64")}, r"must be float64 \(8,\) and is float32 \(8,\)"),
        ({"dense/kernel": ((8, 2), "float32")}, "'dense/kernel' is missing"),
        ({"step": None}, "'step' is not expected"),
        (
            {"step": None, "a": ((), "int8"), "b": ((), "int8"), "c": ((), "int8")},
            "and 1 more differences",
        ),
    ],
)
def test_other_arrays_than_expected_are_refused(
    tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    write_arrays(tmp_path / "a.safetensors", weights())
    wanted = {name: what for name, what in {**EXPECTED, **change}.items() if what is not None}
    with pytest.raises(CorruptRun, match=why):
        read_arrays(tmp_path / "a.safetensors", wanted)


def test_a_missing_file_is_told_from_a_damaged_one(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=r"a\.safetensors is missing"):
        read_arrays(tmp_path / "a.safetensors")


def test_what_could_not_be_read_back_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.safetensors"
    write_arrays(path, weights())
    with monkeypatch.context() as patch:
        patch.setattr(module, "ARRAYS_LIMIT", 100)
        with pytest.raises(StoreError, match="would hold 136 bytes"):
            write_arrays(path, weights(1))
    with monkeypatch.context() as patch:
        patch.setattr(module, "HEADER_LIMIT", 1000)
        with pytest.raises(StoreError, match="Store long series as arrays"):
            write_arrays(path, weights(1), {"meta": "x" * 2000})
    assert same(read_arrays(path)[0], weights())
