"""Batches as loaders, data sets and generators give them, read from the first on."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from echospan.adapters.data import MOST_SAMPLES, MOST_VALUES
from echospan.adapters.lengths import Together, together
from echospan.errors import ConfigError, DataError, shown

SECONDS = 1.0
"""How long batches are read that cost time, each of which may be loaded from a file."""

USUAL_SIZE = 32
"""Samples in a batch where nobody says how many."""

FEWEST = 4
"""Batches that are read however long they take."""

Divide = Callable[[Any], tuple[Any, Any]]
"""Gives inputs and targets of one batch."""


@dataclass(frozen=True, eq=False)
class Source:
    """Where batches come from.

    Attributes:
        batches: Gives them from the first on; called once for each reading.
        origin: What it is, for the report.
        size: Samples in one batch; None where the first batch says it.
        samples: Samples in all the data; None where that is not known.
        number: Batches in all the data; None where that is not known.
        shuffle: Whether the samples come in random order; None where another reading tells.
        notes: What else the report says of it.
        single: What gives batches where it gives single samples, such as ``data.batch(32)``.
    """

    batches: Callable[[], Iterable[Any]]
    origin: str
    size: int | None = None
    samples: int | None = None
    number: int | None = None
    shuffle: bool | None = False
    notes: tuple[str, ...] = ()
    single: str = "a generator of (x, y) with the axes (batch, time, ...)"

    @property
    def begins(self) -> str:
        """What it is, at the beginning of a sentence."""
        return self.origin[0].upper() + self.origin[1:]


@dataclass(frozen=True, eq=False)
class Read:
    """The first batches, joined.

    Attributes:
        x: Inputs, nested as the batches nest them.
        y: Targets, likewise.
        samples: Samples in all the data; as many as were read where that is not known.
        more: Whether there may be more samples than that.
        size: Samples in one batch.
        shuffle: Whether the samples come in random order.
        origin: Where they come from.
        notes: What else the report says.
        padded: Whether samples were padded to be looked at together.
    """

    x: Any
    y: Any
    samples: int
    more: bool
    size: int
    shuffle: bool
    origin: str
    notes: tuple[str, ...]
    padded: bool


def source_of(x: Any) -> Source | None:
    """What gives batches without belonging to a framework's own loaders; None for anything else.

    A `tf.data.Dataset` is known by its interface, so that TensorFlow is not imported. A function
    without arguments that gives an iterator is called for each reading, a loader of the user's own
    is gone through anew, and an iterator is read once.

    Raises:
        DataError: It is a generator that has ended.
    """
    if hasattr(x, "element_spec") and callable(getattr(x, "cardinality", None)):
        number = int(x.cardinality())
        return Source(
            lambda: x,
            "a tf.data.Dataset",
            number=number if number >= 0 else None,
            shuffle=None,
            single="data.batch(32)",
        )
    if isinstance(x, Iterator) and not hasattr(x, "shape"):
        told = (
            "the generator's first batches are used up now: make it anew before you train, or give "
            "check the function that makes it"
        )
        return Source(lambda: x, "a generator", notes=(told,))
    if _makes_iterators(x):
        return Source(x, "a generator", shuffle=None)
    if _is_iterable(x):
        return Source(lambda: x, "a loader", shuffle=None)
    return None


def _is_iterable(x: Any) -> bool:
    """Whether it is a loader of the user's own: what can be gone through, and holds no numbers."""
    if isinstance(x, str | bytes | list | tuple | set | frozenset | Mapping):
        return False
    array = hasattr(x, "shape") or hasattr(x, "__array__")
    return not array and callable(getattr(type(x), "__iter__", None))


def _makes_iterators(x: Any) -> bool:
    if not (inspect.isfunction(x) or inspect.ismethod(x)):
        return False
    needed = [
        each
        for each in inspect.signature(x).parameters.values()
        if each.default is each.empty and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    ]
    if needed:
        raise ConfigError(
            "x",
            "arrays, a loader, or a function without arguments that makes a generator",
            f"a function of {', '.join(each.name for each in needed)}",
            "Give lambda: make(...).",
        )
    return True


def read(source: Source, divide: Divide) -> Read:
    """Read the first batches.

    Args:
        source: Where they come from.
        divide: Gives inputs and targets of one batch.

    Raises:
        DataError: There is none, they hold no numbers, or they do not fit each other.
    """
    try:
        given = source.batches()
        iterator = iter(given)
    except TypeError as error:
        raise DataError(f"x must give batches (x, y); it is no generator: {error}.") from None
    except Exception as error:
        raise _raised(source, error) from error
    pairs: list[tuple[Any, Any]] = []
    looked = values = 0
    ended = False
    started = time.perf_counter()
    for batch in _gone_through(source, iterator):
        pair = tuple(_numbers(side, place) for place, side in zip("xy", divide(batch), strict=True))
        pairs.append((pair[0], pair[1]))
        first = leaves(pair[0])[0]
        if first.ndim == 0:
            raise DataError(
                f"{source.begins} must give batches; it gives single samples. Give {source.single}."
            )
        looked += len(first)
        values += sum(part.size for part in leaves(pair[0]))
        slow = time.perf_counter() - started > SECONDS and len(pairs) >= FEWEST
        if looked >= MOST_SAMPLES or values >= MOST_VALUES or slow:
            break
    else:
        ended = True
    if not pairs:
        raise DataError(f"{source.begins} gives no batch.")
    size = source.size or len(leaves(pairs[0][0])[0])
    found = _together(pairs)
    samples, known = looked, ended
    if source.samples is not None:
        samples, known = source.samples, True
    elif source.number is not None and not ended:
        samples, known = size * source.number, True
    shuffles = source.shuffle
    if shuffles is None:
        shuffles = _differs(source, divide, pairs[0])
    return Read(
        x=found.x,
        y=found.y,
        samples=max(samples, len(leaves(found.x)[0])),
        more=not known,
        size=size,
        shuffle=shuffles,
        origin=source.origin,
        notes=(*source.notes, *found.notes),
        padded=found.padded,
    )


def _gone_through(source: Source, iterator: Iterator[Any]) -> Iterator[Any]:
    """The batches; what the user's own code raises on the way is told as what it is."""
    while True:
        try:
            batch = next(iterator)
        except StopIteration:
            return
        except Exception as error:
            raise _raised(source, error) from error
        yield batch


def _raised(source: Source, error: Exception) -> DataError:
    return DataError(f"x must give batches (x, y); {source.origin} raised {shown(error)}.")


def of_samples(x: Any, y: Any) -> Read | None:
    """A list of samples of different lengths, (time, ...) each; None for anything else.

    Args:
        x: The user's inputs.
        y: As many targets.

    Raises:
        DataError: There are more or fewer targets.
    """
    if not isinstance(x, list) or len(x) < 2 or not all(_steps(part) for part in x):
        return None
    if len({part.shape for part in x}) == 1:
        return None
    if y is None or len(y) != len(x):
        held = "none" if y is None else f"{len(y):,}"
        raise DataError(f"x holds {len(x):,} samples, and there are {held} targets y.")
    rows = ((part[None], as_array(target, "y")[None]) for part, target in zip(x, y, strict=True))
    found = read(Source(lambda: rows, "a list of samples", samples=len(x)), lambda row: row)
    return replace(found, size=min(len(x), USUAL_SIZE))


def of_pairs(x: Any) -> Source | tuple[list[Any], list[Any]] | None:
    """A list of pairs: what gives batches, or samples and their targets; None for anything else.

    A batch has an axis more than a sample, (batch, time, features) or integers (batch, time).
    """
    if not isinstance(x, list) or not x or not all(_is_pair(each) for each in x):
        return None
    first = as_array(x[0][0], "x")
    if first.ndim >= 3 or (first.ndim == 2 and first.dtype.kind in "iu"):
        return Source(lambda: x, "a list of batches")
    return [each[0] for each in x], [each[1] for each in x]


def _is_pair(part: Any) -> bool:
    return isinstance(part, tuple | list) and len(part) == 2 and _steps(part[0])


def _steps(part: Any) -> bool:
    return len(getattr(part, "shape", ())) > 0


def _differs(source: Source, divide: Divide, first: tuple[Any, Any]) -> bool:
    """Whether another reading begins with another batch: it is shuffled anew."""
    again = next(iter(source.batches()), None)
    if again is None:
        return False
    one = leaves(first[0])
    other = leaves(_numbers(divide(again)[0], "x"))
    return len(one) != len(other) or not all(
        a.shape == b.shape and np.array_equal(a, b) for a, b in zip(one, other, strict=True)
    )


def _together(pairs: list[tuple[Any, Any]]) -> Together:
    first = pairs[0]
    rows = [[*leaves(x), *leaves(y)] for x, y in pairs]
    if len({len(row) for row in rows}) > 1:
        raise DataError("Each batch must hold the same parts; some hold more than others.")
    return together(rows, len(leaves(first[0])), lambda x: nested(first[0], x),
                    lambda y: nested(first[1], y))  # fmt: skip


def pair(batch: Any) -> tuple[Any, Any]:
    """Inputs and targets of a batch as Keras's `fit` takes it: (x, y) or (x, y, weights).

    Raises:
        DataError: It is something else.
    """
    if isinstance(batch, tuple | list) and len(batch) in (2, 3):
        return batch[0], batch[1]
    if isinstance(batch, Mapping):
        held = f"a dictionary with {', '.join(map(str, batch))}"
    else:
        held = f"{len(batch)} parts" if isinstance(batch, tuple | list) else type(batch).__name__
    raise DataError(
        f"Each batch must be (x, y) or (x, y, weights), as fit takes it; it is {held}. Map it to "
        "(x, y) first."
    )


def leaves(tree: Any) -> list[Any]:
    """The arrays of a batch's inputs or targets, those of a dictionary by the order of its keys."""
    if isinstance(tree, Mapping):
        return [tree[key] for key in sorted(tree)]
    return list(tree) if isinstance(tree, tuple | list) else [tree]


def nested(tree: Any, parts: list[Any]) -> Any:
    """Arrays in the order of `leaves`, nested like a batch."""
    if isinstance(tree, Mapping):
        return dict(zip(sorted(tree), parts, strict=True))
    return type(tree)(parts) if isinstance(tree, tuple | list) else parts[0]


def _numbers(tree: Any, place: str) -> Any:
    """The parts of a batch as NumPy arrays."""
    if isinstance(tree, Mapping):
        return {key: as_array(part, f'{place}["{key}"]') for key, part in tree.items()}
    if isinstance(tree, tuple | list) and any(hasattr(part, "shape") for part in tree):
        parts = [as_array(part, f"{place}[{number}]") for number, part in enumerate(tree)]
        return tuple(parts) if isinstance(tree, tuple) else parts
    return as_array(tree, place)


def as_array(value: Any, place: str) -> np.ndarray:
    """An array or tensor of any framework as a NumPy array.

    Raises:
        DataError: It holds something else than numbers.
    """
    if hasattr(value, "row_splits") and callable(getattr(value, "to_tensor", None)):
        value = value.to_tensor()
    if callable(getattr(value, "detach", None)):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
    try:
        # Also bfloat16 of JAX, which NumPy knows as a type of its own.
        found = np.asarray(value.numpy() if callable(getattr(value, "numpy", None)) else value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{place} of a batch must be an array of numbers: {error}") from None
    if found.dtype.kind == "V":
        found = found.astype("float32")
    if found.dtype.kind not in "biuf":
        kind = "strings" if found.dtype.kind in "US" else f"values of type {found.dtype}"
        raise DataError(f"{place} of a batch must hold numbers; it holds {kind}. Leave it out.")
    return found
