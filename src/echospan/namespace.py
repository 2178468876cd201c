"""The functions of the library that an array is of, NumPy or JAX, by the same names."""

from __future__ import annotations

from typing import Any

import numpy as np


def namespace(values: Any) -> Any:
    """The module with the functions for an array, as the array API standard names them.

    Args:
        values: An array of NumPy or JAX.
    """
    own = getattr(values, "__array_namespace__", None)
    # NumPy 1.26 knows no namespace of its own.
    return _Older() if own is None else own()


class _Older:
    """NumPy 1.26 with the standard's names for what it calls otherwise."""

    concat = staticmethod(np.concatenate)

    @staticmethod
    def isdtype(dtype: Any, kind: str) -> bool:
        return kind == "real floating" and np.issubdtype(dtype, np.floating)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)
