"""Calls of a copy of a torch module, and arrays on their way to tensors and back."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.base import Arrays
from echospan.adapters.signals import Axes
from echospan.adapters.state import State, flatten, unflatten
from echospan.adapters.support import NotCloneable, NotSupported, Part
from echospan.adapters.torch.calling import Calling
from echospan.adapters.torch.clone import Memory, map_tensors
from echospan.adapters.torch.embedding_hooks import watching
from echospan.adapters.torch.packing import packed
from echospan.errors import DataError

if TYPE_CHECKING:
    import torch


class TorchRunning:
    """A copy that is called with arrays in the user's order of axes.

    Args:
        model: The copy.
        calling: How its `forward` is called.
        precision: Float type of the copy.
        batch_first: Whether the module is given (batch, time, ...), or else (time, batch, ...).
        timed: For each input whether it has a time axis.
        axes: For each input how the module is given it; left out, as it is.
    """

    def __init__(
        self,
        model: torch.nn.Module,
        calling: Calling,
        precision: str,
        *,
        batch_first: bool,
        timed: Sequence[bool],
        axes: Sequence[Axes] = (),
    ) -> None:
        self.model, self.precision, self.batch_first = model, precision, batch_first
        self._calling, self._timed = calling, list(timed)
        self._axes_given = dict(enumerate(axes))
        self.seeds: dict[str, int] = {}
        self._memory = Memory(model)
        self._seen: list[torch.Tensor] = []
        self._answer: Any = None
        self._size = (0, 0)

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Start from the same memory and the same random numbers; leave the user's alone."""
        import torch

        self._memory.restore()
        python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 (the user's own)
        with torch.random.fork_rng(devices=[]):
            # Not torch.manual_seed: it leaves a note with a stack for each other kind of device.
            torch.default_generator.manual_seed(self.seeds.get("torch", 0))
            random.seed(self.seeds.get("python", 0))
            np.random.seed(self.seeds.get("numpy", 0))  # noqa: NPY002
            try:
                yield
            finally:
                random.setstate(python)
                np.random.set_state(numpy)  # noqa: NPY002
                self._memory.restore()

    def _call(
        self,
        given: Sequence[torch.Tensor],
        state: Any,
        added: Sequence[torch.Tensor],
        more: Mapping[str, Any] | None = None,
    ) -> tuple[list[torch.Tensor], Any]:
        import torch

        args, named = self._calling.arguments(self._as_packed(given), state, more or {})
        timed = [x for x, own in zip(given, self._timed, strict=False) if own and x.ndim >= 2]
        self._size = tuple(timed[0].shape[:2]) if timed else (0, 0)
        places = [
            (int(tensor.shape[0]), int(tensor.shape[1]))
            for tensor in given
            if not (tensor.is_floating_point() or tensor.dtype is torch.bool) and tensor.ndim >= 2
        ]
        try:
            with watching(places, added, self.precision) as watch:
                answer = self.model(*args, **named)
        except Exception as error:
            told = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise NotCloneable(told) from error
        self._seen, self._answer = watch.seen, answer
        return self._calling.outputs(answer)

    def call_once(self, inputs: Sequence[np.ndarray]) -> None:
        """Call the copy and drop what it returns.

        Raises:
            NotCloneable: It fails.
        """
        import torch

        with self._quiet(), torch.no_grad():
            self._call(self._tensors(inputs), None, [])

    def _chunk(
        self, inputs: Sequence[np.ndarray], state: State, more: Mapping[str, Any]
    ) -> tuple[Arrays, State]:
        import torch

        leaves = {name: torch.as_tensor(leaf.copy()) for name, leaf in state.leaves.items()}
        before = unflatten(leaves, state.structure)
        with self._quiet(), torch.no_grad():
            self._memory.install(before["kept"])
            outputs, returned = self._call(self._tensors(inputs), before["returned"], [], more)
            tree = {"returned": returned, "kept": self._memory.changed()}
            arrays = [self._array(output) for output in outputs]
            try:
                leaves, structure = flatten(tree, "state", torch.is_tensor)
            except DataError as error:
                raise NotSupported("chunks", str(error)) from error
            values = {
                name.removeprefix("state."): to_numpy(leaf).copy() for name, leaf in leaves.items()
            }
        return arrays, State(values, _renamed(structure))

    def _unrolled(
        self,
        given: Sequence[Sequence[torch.Tensor]],
        added: Sequence[Sequence[torch.Tensor]],
        *,
        detached: bool,
    ) -> list[torch.Tensor]:
        outputs: list[torch.Tensor] = []
        state = None
        for number, (chunk, more) in enumerate(zip(given, added, strict=True)):
            if detached and number:
                state = map_tensors(lambda tensor: tensor.detach(), state)
                kept = map_tensors(lambda tensor: tensor.detach(), self._memory.changed())
                self._memory.install(kept)
            # Not the leaves themselves: the module may change its input in place.
            outputs, state = self._call([each.clone() for each in chunk], state, more)
        return outputs

    def _tensors(self, batch: Sequence[np.ndarray]) -> list[torch.Tensor]:
        import torch

        kinds = {"f": self.precision, "i": "int64", "u": "int64", "b": "bool"}
        found = []
        for number, given in enumerate(batch):
            values = np.asarray(given)
            x = torch.as_tensor(np.array(values, order="C"))
            x = x.to(getattr(torch, kinds[values.dtype.kind]))
            if self._axes_given.get(number) == "flat":
                x = x[..., 0]
            elif self._axes_given.get(number) == "channels":
                x = x.transpose(1, 2).contiguous()
            turned = x.ndim >= 2 and self._timed[number] and not self.batch_first
            found.append(x.transpose(0, 1).contiguous() if turned else x)
        return found

    def _as_packed(self, given: Sequence[torch.Tensor]) -> list[Any]:
        """Inputs that the module is given as packed sequences, packed."""
        return [
            packed(x, batch_first=self.batch_first)
            if self._axes_given.get(number) == "packed"
            else x
            for number, x in enumerate(given)
        ]

    def _back(self, number: int, gradient: torch.Tensor) -> torch.Tensor:
        """A gradient of an input with its axes as they are outside."""
        if self._axes_given.get(number) == "flat":
            return gradient[..., None]
        return gradient.transpose(1, 2) if self._axes_given.get(number) == "channels" else gradient

    def _keywords(
        self, masks: Sequence[np.ndarray | None], positions: Sequence[np.ndarray | None]
    ) -> dict[str, Any]:
        import torch

        found = {}
        given: list[tuple[Part, str, Any, str]] = [
            ("mask", self._calling.mask, masks, "bool"),
            ("positions", self._calling.positions, positions, "int64"),
        ]
        for part, name, values, kind in given:
            for value in values:
                if value is not None:
                    if not name:
                        raise NotSupported(part, f"forward takes no {part}")
                    tensor = torch.as_tensor(np.asarray(value).astype(kind))
                    found[name] = tensor if self.batch_first else tensor.transpose(0, 1)
        return found

    def _ordered(self, output: torch.Tensor) -> torch.Tensor:
        if self.batch_first:
            return output
        steps, rows = self._size
        if output.ndim in (1, 2) and rows > 1 and len(output) == steps * rows:
            # Flattened for the loss: (time x batch, classes) becomes (batch x time, classes).
            rest = tuple(output.shape[1:])
            turned = output.reshape(steps, rows, *rest).transpose(0, 1)
            return turned.reshape(rows * steps, *rest)
        return output.transpose(0, 1) if output.ndim >= 3 else output

    def _array(self, output: torch.Tensor) -> np.ndarray:
        return to_numpy(self._ordered(output.detach()))

    def _targets(self, targets: Sequence[np.ndarray]) -> list[torch.Tensor]:
        import torch

        found = [torch.as_tensor(np.array(target)) for target in targets]
        kind = getattr(torch, self.precision)
        return [each.to(kind) if each.is_floating_point() else each for each in found]

    def _turned(self, found: torch.Tensor, given: np.ndarray, *, timed: bool = True) -> np.ndarray:
        """A gradient with batch and time in the user's order."""
        order, shape = tuple(given.shape[:2]), tuple(found.shape[:2])
        turn = timed and (shape != order or (not self.batch_first and order[0] == order[1]))
        return to_numpy(found.transpose(0, 1) if turn else found)


def nothing() -> State:
    """The state before the first call: the module makes its own."""
    return State({}, ["dict", [["returned", ["value", None]], ["kept", ["dict", []]]]])


def with_time(example: Sequence[np.ndarray]) -> list[bool]:
    """Inputs with a time axis: all with three axes, and symbols of as many steps."""
    steps = {each.shape[1] for each in example if each.ndim >= 3}
    return [
        each.ndim >= 3
        or (each.ndim == 2 and each.dtype.kind in "iu" and (not steps or each.shape[1] in steps))
        for each in example
    ]


def to_numpy(tensor: torch.Tensor) -> np.ndarray:
    """The values of a tensor; NumPy has no bfloat16."""
    import torch

    plain = tensor.detach().cpu()
    return np.asarray((plain.float() if plain.dtype is torch.bfloat16 else plain).numpy())


def _renamed(structure: Any) -> Any:
    """Leaves without the prefix of the tree as a whole."""
    kind, content = structure
    if kind == "leaf":
        return [kind, content.removeprefix("state.")]
    if kind == "value":
        return structure
    if kind == "dict":
        return [kind, [[key, _renamed(part)] for key, part in content]]
    return [kind, [_renamed(part) for part in content]]
