"""Values that no argument expects, each by a name; made anew, since some are used up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np


class Odd(Exception):
    """What hostile objects raise: nothing that a program would catch by name."""


def _raises(*_: Any, **__: Any) -> Any:
    raise Odd("raised by the value itself")


def _raising(*names: str) -> Callable[[], Any]:
    """An object of a class whose special methods raise."""
    return lambda: type(
        "Raising" + names[0].strip("_").title(), (), dict.fromkeys(names, _raises)
    )()


class Unreadable:
    """Every attribute raises, `__class__` too."""

    def __getattribute__(self, name: str) -> Any:
        raise Odd(name)


class Shaped:
    """Looks like an array, and is none."""

    shape = (4, 3, 1)
    ndim = 3
    dtype = "float32"

    def __len__(self) -> int:
        return 4


def _nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def _itself() -> Any:
    value: list[Any] = []
    value.append(value)
    return value


def _endless() -> Any:
    while True:
        yield 1


def _objects() -> np.ndarray:
    value = np.empty(2, object)
    value[0], value[1] = [1], "a"
    return value


VALUES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "true": lambda: True,
    "false": lambda: False,
    "numpy true": lambda: np.True_,
    "zero": lambda: 0,
    "minus one": lambda: -1,
    "seven": lambda: 7,
    "huge": lambda: 10**30,
    "huge digits": lambda: 10**5000,
    "minus huge": lambda: -(10**30),
    "half": lambda: 0.5,
    "three point zero": lambda: 3.0,
    "minus half": lambda: -0.5,
    "huge float": lambda: 1e308,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "minus inf": lambda: float("-inf"),
    "complex": lambda: 1 + 2j,
    "numpy complex": lambda: np.complex64(1 + 2j),
    "numpy nan": lambda: np.float32("nan"),
    "empty text": lambda: "",
    "blank text": lambda: "  ",
    "number text": lambda: "3",
    "word": lambda: "nonsense",
    "no file": lambda: "no/such/file.toml",
    "no file.py": lambda: "no_such_file.py:model",
    "a folder": lambda: ".",
    "a device": lambda: "/dev/null",
    "zero byte": lambda: "a\0b",
    "surrogate": lambda: "\ud800",
    "markup": lambda: "[/x]\x1b[31m\n",
    "long text": lambda: "x" * 100_000,
    "path": lambda: Path("no/such/file"),
    "bytes": lambda: b"bytes",
    "bytearray": lambda: bytearray(b"bytes"),
    "empty list": list,
    "list": lambda: [1, 2, 3],
    "list of texts": lambda: ["a", "b"],
    "list of none": lambda: [None],
    "list of lists": lambda: [[1, 2], [3]],
    "nested": lambda: _nested(500),
    "nested deep": lambda: _nested(100_000),
    "itself": _itself,
    "empty tuple": tuple,
    "tuple": lambda: (1, 2),
    "tuple of three": lambda: ("a", None, 3),
    "empty dict": dict,
    "dict": lambda: {"zzz": 1},
    "dict of kind": lambda: {"kind": "nonsense"},
    "dict of list kind": lambda: {"kind": ["echo"]},
    "dict of numbers": lambda: {1: 2},
    "dict of none": lambda: {None: None},
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset("ab"),
    "generator": lambda: (i for i in range(3)),
    "endless": _endless,
    "range": lambda: range(3),
    "object": object,
    "class": lambda: dict,
    "own class": lambda: Shaped,
    "function": lambda: _raises,
    "module": lambda: sys,
    "ellipsis": lambda: ...,
    "error": lambda: ValueError("x"),
    "numpy int": lambda: np.int64(3),
    "numpy zero": lambda: np.array(0),
    "array of one": lambda: np.array([3]),
    "empty array": lambda: np.zeros(0),
    "array of none": lambda: np.zeros((0, 3, 1), "float32"),
    "array of nan": lambda: np.full((4, 3, 1), np.nan, "float32"),
    "wrong length": lambda: np.zeros((5, 3, 1), "float32"),
    "array of flags": lambda: np.array([True, False]),
    "complex array": lambda: np.zeros((4, 3, 1), "complex64"),
    "objects": _objects,
    "texts": lambda: np.array(["a", "b"]),
    "records": lambda: np.zeros(3, [("a", "i4")]),
    "dates": lambda: np.array(["2020-01-01"], "datetime64[D]"),
    "shaped": Shaped,
    "unreadable": Unreadable,
    "raising repr": _raising("__repr__", "__str__"),
    "raising eq": _raising("__eq__", "__ne__"),
    "raising bool": _raising("__bool__", "__len__"),
    "raising iter": _raising("__iter__", "__getitem__"),
    "raising array": _raising("__array__"),
    "raising getattr": _raising("__getattr__"),
    "raising index": _raising("__index__", "__int__", "__float__"),
    "raising call": _raising("__call__"),
    "raising fspath": _raising("__fspath__"),
    "raising hash": _raising("__hash__"),
    "everything": MagicMock,
}

HUGE = ("huge", "huge digits", "huge float", "inf")
"""Absurd but valid for some numbers; what they would cost is estimated elsewhere."""
