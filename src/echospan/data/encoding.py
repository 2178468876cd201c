"""Symbols as numbers that a network can read, and back.

Every function but :func:`check_symbols` works on any array namespace with NumPy's names: call it
with ``xp=jax.numpy`` inside a traced function, or leave ``xp`` out for NumPy. Values are checked
where there are values to check, which is on NumPy; a traced array has only a shape and a dtype.

A symbol is an integer 0..K-1, and -1 marks a missing one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from echospan.errors import ConfigError, DataError

MISSING = -1
"""The code of a missing symbol."""

Array: TypeAlias = Any
"""An array of the namespace ``xp``."""


def one_hot(
    symbols: Array, width: int, *, missing: float = -1.0, xp: Any = np, dtype: Any = "float32"
) -> Array:
    """Encode symbols as one-hot vectors.

    A missing symbol becomes a vector whose every entry is ``missing``, because
    ``keras.layers.Masking`` drops a step only when all of its features are the mask value.

    Args:
        symbols: Integers of any shape, 0..width-1, or -1 where missing.
        width: Number of symbols K.
        missing: Entry of a missing step's vector.
        xp: Array namespace, ``numpy`` or ``jax.numpy``.
        dtype: Type of the result.

    Returns:
        Array of shape ``symbols.shape + (width,)``.

    Raises:
        ConfigError: ``width`` is smaller than 1.
        DataError: ``symbols`` aren't integers or, on NumPy, lie outside -1..width-1. A traced
            symbol out of range becomes a vector of zeros, as it does in ``keras.ops.one_hot``.
    """
    codes = _codes(symbols, width, 1, xp)
    classes = xp.arange(width)
    codes = xp.expand_dims(codes.astype(classes.dtype), -1)
    vectors = (codes == classes).astype(dtype)
    return xp.where(codes == MISSING, xp.asarray(missing, dtype=vectors.dtype), vectors)


def decode(vectors: Array, *, missing: float = -1.0, xp: Any = np) -> Array:
    """Turn one-hot vectors, or the scores of a softmax, back into symbols.

    Args:
        vectors: Array of shape (..., width).
        missing: A vector whose every entry is this value comes back as -1.
        xp: Array namespace, ``numpy`` or ``jax.numpy``.

    Returns:
        int32 array of shape (...): the position of the greatest entry, the first of equal ones.

    Raises:
        DataError: ``vectors`` has no last axis to decode or, on NumPy, holds NaN.
    """
    vectors = xp.asarray(vectors)
    if vectors.ndim == 0 or vectors.shape[-1] == 0:
        raise DataError(
            f"vectors must have a last axis of at least one entry; got shape {vectors.shape}."
        )
    if xp is np:
        _refuse_nan(vectors, "vectors")
    absent = (vectors == xp.asarray(missing, dtype=vectors.dtype)).all(axis=-1)
    best = vectors.argmax(axis=-1).astype("int32")
    return xp.where(absent, xp.asarray(MISSING, dtype=best.dtype), best)


def scale(symbols: Array, width: int, *, xp: Any = np, dtype: Any = "float32") -> Array:
    """Scale symbols to [0, 1] for regression; a missing symbol becomes -1.

    Args:
        symbols: Integers of any shape, 0..width-1, or -1 where missing.
        width: Number of symbols K, at least 2: symbol K-1 becomes 1.
        xp: Array namespace, ``numpy`` or ``jax.numpy``.
        dtype: Type of the result. In float32 neighbouring symbols stay apart up to a few million.

    Returns:
        Array of the shape of ``symbols``.

    Raises:
        ConfigError: ``width`` is smaller than 2.
        DataError: As for :func:`one_hot`.
    """
    codes = _codes(symbols, width, 2, xp)
    values = codes.astype(dtype) / xp.asarray(width - 1, dtype=dtype)
    return xp.where(codes == MISSING, xp.asarray(-1.0, dtype=values.dtype), values)


def unscale(values: Array, width: int, *, missing: float | None = None, xp: Any = np) -> Array:
    """Turn values on the [0, 1] scale into the nearest symbols, clipped to 0..width-1.

    Args:
        values: Numbers of any shape.
        width: Number of symbols K, at least 2.
        missing: Value that comes back as -1. Give ``-1.0`` to undo :func:`scale`; leave it None
            for predictions, where -1 is only a number far too low.
        xp: Array namespace, ``numpy`` or ``jax.numpy``.

    Returns:
        int32 array of the shape of ``values``.

    Raises:
        ConfigError: ``width`` is smaller than 2.
        DataError: On NumPy, a value is NaN.
    """
    _check_width(width, 2)
    values = xp.asarray(values)
    if not xp.issubdtype(values.dtype, xp.floating):
        values = values.astype("float32")
    if xp is np:
        _refuse_nan(values, "values")
    # Clipped before the cast, since a huge value has no int32.
    top = xp.asarray(width - 1, dtype=values.dtype)
    symbols = xp.clip(xp.round(values * top), 0, top).astype("int32")
    if missing is None:
        return symbols
    absent = values == xp.asarray(missing, dtype=values.dtype)
    return xp.where(absent, xp.asarray(MISSING, dtype=symbols.dtype), symbols)


def check_symbols(
    values: object, symbols: int, *, name: str, missing: bool = False
) -> npt.NDArray[np.int32]:
    """Check a user's own numbers and return them as symbols.

    Args:
        values: Whole numbers, as a sequence or an array of any shape. Floats that are whole
            numbers, such as 3.0, are taken.
        symbols: Number of symbols K; values must lie in 0..K-1.
        name: What the values are called in the error.
        missing: Take -1 as the mark of a missing value.

    Returns:
        int32 array of the shape of ``values``.

    Raises:
        ConfigError: ``symbols`` is smaller than 1.
        DataError: A value isn't a whole number or lies outside the range, or there are none. The
            error names the first such value and its position.
    """
    _check_width(symbols, 1, "symbols")
    low = MISSING if missing else 0
    wanted = f"whole numbers from 0 to {symbols - 1}" + (", or -1 where missing" if missing else "")
    _refuse_booleans(values, name, wanted)
    try:
        array = np.asarray(values)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(
            f"{name} must be an array of {wanted}; its rows differ in length. "
            "Give every row as many values as the first."
        ) from error
    if array.size == 0:
        raise DataError(f"{name} must be {wanted}; it is empty. Give at least one value.")
    if array.dtype.kind not in "iuf":
        _refuse_odd_types(array, name, wanted)
    # Written so that NaN fails it too.
    good = (array >= low) & (array < symbols)
    if array.dtype.kind == "f":
        good &= array == np.floor(array)
    if not good.all():
        first = int(np.argmin(good))
        given = array.reshape(-1)[first].item()
        raise DataError(
            f"{name} must be {wanted}; {_position(first, array.shape)} is {given!r}. "
            + _remedy(given)
        )
    return array.astype(np.int32)


def _remedy(given: float) -> str:
    if math.isnan(given):
        return "Fill the gap, or mark it as missing (a blank cell in a CSV file)."
    if math.isinf(given):
        return "Remove it."
    if given != math.floor(given):
        return "A symbol is a label, not a quantity: sort such numbers into bins first."
    if given < 0:
        return "Shift the numbers so that the smallest is 0, or number their distinct values."
    return "Set symbols to one more than the greatest value, or number their distinct values."


def _position(flat: int, shape: tuple[int, ...]) -> str:
    """Name a place in an array: ``position 2 (item 3 of 5)``."""
    size = math.prod(shape)
    if len(shape) == 0:
        return "the value"
    index = tuple(int(i) for i in np.unravel_index(flat, shape))
    place = index[0] if len(index) == 1 else index
    return f"position {place} (item {flat + 1} of {size})"


def _refuse_booleans(values: object, name: str, wanted: str) -> None:
    """Refuse booleans in sequences: NumPy turns them into 0 and 1 when numbers stand beside."""
    if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
        return
    for index, value in enumerate(values):
        if isinstance(value, (bool, np.bool_)):
            place = _position(index, (len(values),))
            raise DataError(
                f"{name} must be {wanted}; {place} is {value!r}. Write 0 and 1 for booleans."
            )
        _refuse_booleans(value, f"{name}[{index}]", wanted)


def _refuse_odd_types(array: npt.NDArray[Any], name: str, wanted: str) -> None:
    """Raise for an array whose dtype is no number, naming the first value at fault."""
    flat = array.reshape(-1).tolist()
    for index, value in enumerate(flat):
        place = _position(index, array.shape)
        if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
            raise DataError(
                f"{name} must be {wanted}; {place} is {value!r}, of type "
                f"{type(value).__name__}. Give numbers, or number the distinct values first."
            )
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise DataError(f"{name} must be {wanted}; {place} is {value!r}. {_remedy(value)}")
    raise DataError(
        f"{name} must be {wanted}; got an array of type {array.dtype}. Give an integer array."
    )


def _codes(symbols: Array, width: int, least: int, xp: Any) -> Array:
    """Return ``symbols`` as an array, checked as far as the namespace allows."""
    _check_width(width, least)
    codes = xp.asarray(symbols)
    if not xp.issubdtype(codes.dtype, xp.integer):
        raise DataError(
            f"symbols must be integers 0..{width - 1}, or -1 where missing; got an array of type "
            f"{codes.dtype}. Run them through check_symbols first."
        )
    if xp is np and codes.size and (codes.min() < MISSING or codes.max() >= width):
        first = int(np.argmax((codes < MISSING) | (codes >= width)))
        raise DataError(
            f"symbols must be integers 0..{width - 1}, or -1 where missing; "
            f"{_position(first, codes.shape)} is {codes.reshape(-1)[first].item()}."
        )
    return codes


def _check_width(width: int, least: int, name: str = "width") -> None:
    if isinstance(width, bool) or not isinstance(width, (int, np.integer)) or width < least:
        raise ConfigError(name, f"a whole number of at least {least}", width)


def _refuse_nan(array: npt.NDArray[Any], name: str) -> None:
    absent = np.isnan(array)
    if absent.any():
        first = int(np.argmax(absent))
        raise DataError(
            f"{name} must be numbers; {_position(first, array.shape)} is NaN. "
            "NaN has no nearest symbol: look for a loss that diverged."
        )
