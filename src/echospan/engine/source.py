"""Where batches come from: drawn on the device, or taken from arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from echospan.engine.kernels import mark_one_hot
from echospan.engine.update import Batch
from echospan.framings import Plan
from echospan.models.inputs import Input, OneHot
from echospan.models.readout import Readout
from echospan.random import JaxDraw
from echospan.tasks import MISSING, Task, absent
from echospan.tasks.base import HeldOutSections, Part


class Source(ABC):
    """Gives the batches of one epoch, inside a compiled program."""

    @abstractmethod
    def arrays(self) -> Any:
        """A tree of arrays that the program receives as an argument."""

    @abstractmethod
    def epoch(self, arrays: Any, key: Any) -> tuple[Any, Any | None]:
        """The epoch that `key` names.

        Returns:
            A tree whose arrays have (updates, rows, ...) as their first axes, and the batch of the
            samples that are left over, or None.
        """

    @abstractmethod
    def batch(self, raw: Any) -> Batch:
        """One slice of that tree as the model is fed."""


class OnSource:
    """The base of what runs compiled programs on a source."""

    source: Source

    @cached_property
    def arrays(self) -> Any:
        """The source's arrays, on the device."""
        import jax
        import jax.numpy as jnp

        return jax.tree.map(jnp.asarray, self.source.arrays())


@dataclass(frozen=True, eq=False)
class Drawn(Source):
    """New sequences for each epoch, framed by a plan and encoded just before they are used."""

    task: Task
    plan: Plan
    inputs: Input
    readout: Readout
    part: Part = "train"
    shuffle: bool = False

    @property
    def _always_one_hot(self) -> bool:
        """Whether the model is fed one-hot vectors, with no missing value among them."""
        whole = bool((self.plan.inputs != MISSING).all()) and not self.task.may_miss
        return whole and isinstance(self.inputs, OneHot)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The task's own data, if it has any."""
        return self.task.arrays()

    def draw(self, arrays: Any, key: Any) -> tuple[Any, Any, Any]:
        """Values (sequences, steps), inputs (updates, rows, timesteps), targets alike.

        Values and inputs that are numbers have their features as a last axis.
        """
        return self._framed(self.task.draw(JaxDraw(key), self.plan.sequences, arrays, self.part))

    def sequence(self, arrays: Any, key: Any, index: Any) -> tuple[Any, Any, Any]:
        """The sequence of that number: each has a stream of its own. Otherwise as `draw`."""
        import jax

        return self.draw(arrays, jax.random.fold_in(key, index))

    def _framed(self, values: Any) -> tuple[Any, Any, Any]:
        targets = self.task.targets(values)
        return (
            values,
            self.plan.gather(values, self.plan.inputs),
            self.plan.gather(targets, self.plan.targets),
        )

    def epoch(self, arrays: Any, key: Any) -> tuple[Any, None]:
        """Pairs (inputs, targets) of symbols or numbers."""
        import jax

        drawing, shuffling = jax.random.split(key)
        _, inputs, targets = self.draw(arrays, drawing)
        if self.shuffle:
            samples = self.plan.updates * self.plan.rows
            order = jax.random.permutation(shuffling, samples)
            inputs, targets = (
                array.reshape(samples, *array.shape[2:])[order].reshape(array.shape)
                for array in (inputs, targets)
            )
        return (inputs, targets), None

    def batch(self, raw: Any) -> Batch:
        """Values encoded; unscored targets weigh nothing."""
        import jax.numpy as jnp

        inputs, targets = raw
        if self.plan.outputs == "last":
            targets = targets[..., 0]
        width = self.task.width
        encoded = self.inputs.encode(inputs, width, jnp)
        if self._always_one_hot:
            encoded = mark_one_hot(encoded, inputs)
        unscored = absent(targets)
        return Batch(
            x=encoded,
            y=self.readout.targets(jnp.where(unscored, 0, targets), width, jnp),
            weight=(~unscored).astype("float32"),
        )

    def example(self) -> Batch:
        """A batch of nothing in particular, of the shapes and types of all others."""
        rows, features = self.plan.rows, self.task.features
        each, dtype = ((), "int32") if features is None else ((features,), "float32")
        return self.batch(
            (
                np.zeros((rows, self.plan.timesteps, *each), dtype),
                np.zeros((rows, self.plan.targets.shape[2]), dtype),
            )
        )


@dataclass(frozen=True, eq=False)
class HeldOutSource(Drawn):
    """Sections of one series, in order, for evaluation; nothing is drawn."""

    sections: HeldOutSections = field(kw_only=True)

    def arrays(self) -> Mapping[str, np.ndarray]:
        """The sections."""
        return {"sections": self.sections.values}

    def sequence(self, arrays: Any, key: Any, index: Any) -> tuple[Any, Any, Any]:
        """The section of that number; the last one again for higher numbers."""
        import jax.numpy as jnp

        place = jnp.minimum(index, len(self.sections.starts) - 1)
        return self._framed(arrays["sections"][place][None])


@dataclass(frozen=True, eq=False)
class Arrays(Source):
    """The user's own samples, in order or shuffled anew each epoch."""

    data: Batch
    batch_size: int
    shuffle: bool

    @property
    def samples(self) -> int:
        """Samples in one epoch."""
        import jax

        return int(jax.tree.leaves(self.data.x)[0].shape[0])

    def arrays(self) -> Batch:
        """The samples themselves."""
        return self.data

    def epoch(self, arrays: Any, key: Any) -> tuple[Any, Any | None]:
        """Batches of `batch_size` rows, and the samples left over as a smaller one."""
        import jax

        whole = self.samples // self.batch_size * self.batch_size
        if self.shuffle:
            order = jax.random.permutation(key, self.samples)
            arrays = jax.tree.map(lambda a: a[order], arrays)
        batches = jax.tree.map(
            lambda a: a[:whole].reshape(-1, self.batch_size, *a.shape[1:]), arrays
        )
        rest = jax.tree.map(lambda a: a[whole:], arrays) if whole < self.samples else None
        return (batches if whole else None), rest

    def batch(self, raw: Any) -> Batch:
        """As it is."""
        return Batch(*raw)
