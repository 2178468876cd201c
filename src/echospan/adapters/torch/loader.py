"""The batches of a torch data loader, read without using its workers or its random numbers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from echospan.adapters.batches import USUAL_SIZE, Source
from echospan.adapters.data import MOST_SAMPLES
from echospan.errors import DataError

if TYPE_CHECKING:
    import torch


def is_loaded(x: Any) -> bool:
    """Whether it is a loader of torch, or a data set for one: torch's own or Hugging Face's."""
    import torch

    if isinstance(x, torch.utils.data.DataLoader | torch.utils.data.Dataset):
        return True
    return hasattr(x, "column_names") and callable(getattr(x, "with_format", None))


def source(x: Any, batch_size: int | None) -> Source:
    """Where the batches come from: the loader, or batches of the data set in its order.

    Args:
        x: What `is_loaded` knows.
        batch_size: Samples in a batch of a data set without a loader.
    """
    from torch.utils.data import DataLoader, IterableDataset

    if isinstance(x, DataLoader):
        return _of_loader(x)
    if hasattr(x, "column_names"):
        x = x.with_format("torch")
    loader: Any = DataLoader(x, batch_size=batch_size or USUAL_SIZE)
    found = _of_loader(loader)
    origin = "an iterable data set" if isinstance(x, IterableDataset) else "a data set"
    return Source(found.batches, origin, found.size, found.samples, found.number, False)


def _of_loader(loader: torch.utils.data.DataLoader[Any]) -> Source:
    from torch.utils.data import IterableDataset

    if isinstance(loader.dataset, IterableDataset):
        return Source(
            lambda: _of_iterable(loader),
            "a data loader",
            size=loader.batch_size,
            single="it batch_size=32",
        )
    if len(loader.dataset) == 0:  # type: ignore[arg-type, unused-ignore]
        raise DataError("The loader's data set is empty.")
    order, shuffles, samples = _order(loader)
    return Source(
        lambda: _of_order(loader, order),
        "a data loader",
        size=loader.batch_size,
        samples=samples,
        number=_length(loader),
        shuffle=shuffles,
        single="it batch_size=32",
    )


def _of_order(loader: torch.utils.data.DataLoader[Any], order: Iterable[Any]) -> Iterator[Any]:
    data: Any = loader.dataset
    for places in order:
        if not isinstance(places, list | tuple):
            # A loader with batch_size=None: the data set gives batches, or single samples.
            yield loader.collate_fn(data[places])
            continue
        getter = getattr(data, "__getitems__", None)
        rows = getter(list(places)) if getter else [data[place] for place in places]
        yield loader.collate_fn(rows)


def _of_iterable(loader: torch.utils.data.DataLoader[Any]) -> Iterator[Any]:
    rows = iter(loader.dataset)
    size = loader.batch_size
    if size is None:
        for batch in rows:
            yield loader.collate_fn(batch)
        return
    while chunk := list(itertools.islice(rows, size)):
        yield loader.collate_fn(chunk)


def _order(loader: torch.utils.data.DataLoader[Any]) -> tuple[Iterable[Any], bool, int | None]:
    """The numbers of the samples of each batch, whether they are shuffled, and how many in all.

    A loader that shuffles is read in the order of its data set, which says more.
    """
    from torch.utils.data import (
        BatchSampler,
        RandomSampler,
        SequentialSampler,
        SubsetRandomSampler,
        WeightedRandomSampler,
    )

    own: Any = loader.batch_sampler
    sampler: Any = getattr(own, "sampler", None) if own is not None else loader.sampler
    shuffles = isinstance(sampler, RandomSampler | SubsetRandomSampler | WeightedRandomSampler)
    if isinstance(sampler, RandomSampler | SequentialSampler):
        total: int = len(loader.dataset)  # type: ignore[arg-type, unused-ignore]
        places: list[Any] = list(range(min(total, MOST_SAMPLES)))
    elif isinstance(sampler, SubsetRandomSampler):
        total = len(sampler.indices)
        places = list(sampler.indices[:MOST_SAMPLES])
    elif own is not None and type(own) is not BatchSampler:
        with _kept(own, sampler):
            batches = list(itertools.islice(iter(own), MOST_SAMPLES))
        with _kept(own, sampler):
            again = next(iter(own), None)
        return batches, again != batches[0] if batches else False, None
    else:
        with _kept(sampler):
            places = list(itertools.islice(iter(sampler), MOST_SAMPLES))
        total = len(sampler) if hasattr(sampler, "__len__") else len(places)
    if own is not None and type(own) is not BatchSampler:
        # Batches of its own making, such as samples of about one length.
        with _kept(own, sampler):
            batches = list(itertools.islice(iter(own), MOST_SAMPLES))
        return batches, shuffles, None
    if own is None:
        return places, shuffles, None
    size = int(own.batch_size)
    return [places[n : n + size] for n in range(0, len(places), size)], shuffles, total


class _kept:  # noqa: N801 (used as a function)
    """Generators of samplers, put back as they were."""

    def __init__(self, *owners: Any) -> None:
        found: list[Any] = [getattr(owner, "generator", None) for owner in owners]
        self._generators = [each for each in found if hasattr(each, "get_state")]

    def __enter__(self) -> None:
        self._states = [each.get_state() for each in self._generators]

    def __exit__(self, *_: Any) -> None:
        for generator, state in zip(self._generators, self._states, strict=True):
            generator.set_state(state)


def _length(loader: Any) -> int | None:
    try:
        return len(loader)
    except TypeError:
        return None


def whole(batch: Any) -> str:
    """What a batch holds, for an error."""
    if isinstance(batch, Mapping):
        return f"a dictionary with {', '.join(map(str, batch))}"
    if isinstance(batch, tuple | list):
        return f"{len(batch)} parts"
    return f"a {type(batch).__name__}"
