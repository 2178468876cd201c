"""Hostile files: broken, giant, lying, or no files at all. Each is small on disk."""

from __future__ import annotations

import io
import json
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def header(
    shape: str, dtype: str = "<f8", version: bytes = b"\x01\x00", *, rest: str = ""
) -> bytes:
    """What stands before the numbers of a .npy file."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, {rest}}}\n".encode()
    size = "<H" if version == b"\x01\x00" else "<I"
    return b"\x93NUMPY" + version + struct.pack(size, len(text)) + text


def npy(array: Any, **options: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def archive(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(f"{name}.npy", content)
    return buffer.getvalue()


GOOD = npy(np.zeros((8, 5, 1), "f4"))

HEADERS: dict[str, bytes] = {
    "giant": header("(1000000000000,)"),
    "giant-and-empty": header("(0, 1000000000000000000, 9)"),
    "negative": header("(-1, 4)"),
    "true": header("(True, 4)"),
    "float-shape": header("(2.0, 4)"),
    "many-axes": header("(" + "1, " * 60 + ")"),
    "beyond-64-bits": header(f"({10**40},)"),
    "object": npy(np.array([{}, None], object), allow_pickle=True),
    "text": npy(np.array(["a", "b"])),
    "bytes": npy(np.array([b"a", b"b"])),
    "dates": npy(np.array(["2020-01-01"], "M8[D]")),
    "fields": npy(np.zeros(3, [("a", "f4"), ("b", "i4")])),
    "void": npy(np.zeros(3, "V4")),
    "unknown-type": header("(3,)", "<q9"),
    "type-of-2-gb": header("(3,)", "|V2000000000"),
    "deep-header": b"\x93NUMPY\x01\x00" + struct.pack("<H", 9000) + b"(" * 9000,
    "long-header": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**31) + b" " * 99,
    "code-in-header": header("__import__('os').abort()"),
    "more-keys": header("(3,)", rest="'more': 1"),
    "version-9": b"\x93NUMPY\x09\x00" + GOOD[8:],
    "no-magic": b"hello" * 20,
    "short": GOOD[:-5],
    "only-header": header("(3,)"),
    "too-long": GOOD + b"more",
    "empty": b"",
    "one-byte": b"\x93",
}
"""Contents of .npy files, and of members of .npz files."""


def _bomb() -> bytes:
    return archive(x=header("(2000000000,)", "|u1") + bytes(30_000_000), y=GOOD)


def _lying(*, size: int) -> bytes:
    """The table of contents says another size than what is packed."""
    content = bytearray(archive(x=GOOD, y=GOOD))
    at = content.rfind(b"PK\x01\x02")
    struct.pack_into("<I", content, at + 24, size)
    return bytes(content)


def _twice() -> bytes:
    buffer = io.BytesIO()
    import warnings

    with zipfile.ZipFile(buffer, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(2):
            file.writestr("x.npy", GOOD)
    return buffer.getvalue()


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


def _encrypted() -> bytes:
    content = bytearray(archive(x=GOOD, y=GOOD))
    for at in (content.find(b"PK\x03\x04") + 6, content.find(b"PK\x01\x02") + 8):
        content[at] |= 1
    return bytes(content)


def _method(number: int) -> bytes:
    content = bytearray(archive(x=GOOD, y=GOOD))
    for at in (content.find(b"PK\x03\x04") + 8, content.find(b"PK\x01\x02") + 10):
        struct.pack_into("<H", content, at, number)
    return bytes(content)


def _big_directory() -> bytes:
    content = bytearray(archive(x=GOOD))
    struct.pack_into("<I", content, content.rfind(b"PK\x05\x06") + 12, 2**31)
    return bytes(content)


def _many() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for number in range(20_000):
            file.writestr(f"a{number}.npy", b"")
    return buffer.getvalue()


ARCHIVES: dict[str, Callable[[], bytes]] = {
    **{
        f"member-{name}": lambda c=content: archive(x=c, y=GOOD)
        for name, content in HEADERS.items()
    },
    "bomb": _bomb,
    "lies-small": lambda: _lying(size=10),
    "lies-large": lambda: _lying(size=2**31),
    "twice": _twice,
    "wrong-checksum": lambda: _flipped(archive(x=GOOD, y=GOOD), 60),
    "cut": lambda: archive(x=GOOD, y=GOOD)[:-30],
    "no-end": lambda: archive(x=GOOD, y=GOOD)[:100],
    "encrypted": _encrypted,
    "unknown-method": lambda: _method(97),
    "lzma": lambda: _method(14),
    "big-directory": _big_directory,
    "many": _many,
    "other-file": lambda: archive(x=GOOD).replace(b"x.npy", b"x.txt"),
    "nothing": lambda: archive(),
    "a-npy": lambda: GOOD,
    "empty": lambda: b"",
    "text": lambda: b"1,2,3\n" * 100,
    "zeros": lambda: bytes(1000),
    "nan": lambda: archive(x=npy(np.full((8, 5, 1), np.nan)), y=GOOD),
    "strings-x": lambda: archive(x=npy(np.array([["a"]])), y=GOOD),
    "no-samples": lambda: archive(x=npy(np.zeros((0, 5, 1))), y=npy(np.zeros((0,)))),
    "no-axes": lambda: archive(x=npy(np.float64(3)), y=GOOD),
    "complex": lambda: archive(x=npy(np.zeros((8, 5, 1), complex)), y=GOOD),
}
"""Contents of .npz files."""

TEXTS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "zeros": lambda: bytes(100_000),
    "binary": lambda: bytes(range(256)) * 50,
    "deep": lambda: b"a = " + b"[" * 100_000,
    "deep-tables": lambda: b"[" + b"a." * 50_000 + b"b]\n",
    "long-number": lambda: b"a = " + b"9" * 100_000,
    "long-key": lambda: b"a" * 1_000_000 + b" = 1",
    "utf-16": lambda: "a = 1".encode("utf-16"),
    "five-megabytes": lambda: b"# comment\n" * 500_000,
    "quote": lambda: b'stops\n"' + b"a" * 1000,
}
"""Contents of .toml and .csv files."""


def configs() -> dict[str, Any]:
    """Descriptions of models that no .keras file should hold."""

    def layer(kind: str, **config: Any) -> dict[str, Any]:
        return {"class_name": kind, "module": "keras.layers", "config": config}

    def model(*layers: Any, shape: Any = (None, 5, 1)) -> dict[str, Any]:
        first = layer("InputLayer", batch_shape=list(shape), name="first", dtype="float32")
        return {
            "class_name": "Sequential",
            "module": "keras",
            "config": {"name": "m", "layers": [first, *layers]},
        }

    dense = layer("Dense", units=4, name="d")
    deep: Any = 1
    for _ in range(400):
        deep = [deep]
    return {
        "giant-dense": model(layer("Dense", units=2 * 10**9, name="d")),
        "float-units": model(layer("Dense", units=2e9, name="d")),
        "text-units": model(layer("Dense", units="2000000000", name="d")),
        "infinite-units": model(layer("Dense", units=float("inf"), name="d")),
        "nan-units": model(layer("Dense", units=float("nan"), name="d")),
        "negative-units": model(layer("Dense", units=-4, name="d")),
        "giant-in-build-config": {
            **model(dense),
            "build_config": {"input_shape": [None, 10**9, 10**6]},
        },
        "giant-layer-build": model({**dense, "build_config": {"input_shape": [None, 2 * 10**9]}}),
        "giant-input": model(dense, shape=(None, 10**9, 10**6)),
        "wide-by-flattening": model(
            layer("Flatten", name="f"),
            layer("Dense", units=16_000, name="d"),
            shape=(None, 16_000, 16_000),
        ),
        "many-heads": model(
            layer("EinsumDense", equation="abc,cde->abde", output_shape=[5, 10**5, 10**5], name="e")
        ),
        "giant-embedding": model(layer("Embedding", input_dim=10**9, output_dim=8, name="e")),
        "upsampled": model(*(layer("UpSampling1D", size=16_000, name=f"u{n}") for n in range(4))),
        "repeated": model(layer("Flatten", name="f"), layer("RepeatVector", n=10**10, name="r")),
        "padded": model(layer("ZeroPadding1D", padding=[10**10, 0], name="z")),
        "hundred-thousand-layers": model(
            *(layer("Activation", activation="relu", name=f"a{n}") for n in range(30_000))
        ),
        "deep-nesting": {**model(dense), "extra": deep},
        "no-config": {"class_name": "Sequential", "module": "keras"},
        "list-config": {"class_name": "Sequential", "module": "keras", "config": []},
        "number": 3,
        "null": None,
    }


def keras_file(path: Path, config: Any, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        text = config if isinstance(config, str) else json.dumps(config)
        file.writestr("config.json", text)
        for name, content in members.items():
            file.writestr(name.replace("__", "."), content)
    return path


def no_files(folder: Path, suffix: str) -> dict[str, Path]:
    """Paths at which no plain file stands."""
    places = {name: folder / f"{name}{suffix}" for name in ("folder", "pipe", "loop", "gone")}
    places["folder"].mkdir()
    os.mkfifo(places["pipe"])
    places["loop"].symlink_to(places["loop"])
    for name, target in (
        ("device", "/dev/zero"),
        ("null", "/dev/null"),
        ("to-pipe", places["pipe"]),
    ):
        places[name] = folder / f"{name}{suffix}"
        places[name].symlink_to(target)
    places["sparse"] = folder / f"sparse{suffix}"
    with places["sparse"].open("wb") as file:
        file.truncate(1 << 40)
    return places
