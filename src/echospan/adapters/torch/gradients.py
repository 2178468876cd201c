"""Loss and gradients of a copy of a torch module: of inputs, embedded symbols and parameters."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from echospan.adapters.base import Adapter
from echospan.adapters.facts import Facts, Gradient
from echospan.adapters.support import NotSupported
from echospan.adapters.teaching import Teaching
from echospan.adapters.torch.graph import gradients, now, numbers, tensors
from echospan.adapters.torch.running import TorchRunning, to_numpy
from echospan.adapters.torch.teaching import teaching

if TYPE_CHECKING:
    import torch


class TorchGradients(TorchRunning, Adapter):
    """The part of a torch adapter that computes losses and differentiates."""

    _known: Facts
    _hooks: dict[int, list[int]]

    def loss(
        self, outputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any = None
    ) -> float:
        """A loss function of (outputs, targets), of several of lists, on outputs that are there."""
        import torch

        with torch.no_grad():
            return float(self._loss([torch.as_tensor(o) for o in outputs], targets, loss))

    def gradient(
        self,
        chunks: Sequence[Sequence[np.ndarray]],
        mixtures: Sequence[np.ndarray | None] = (),
        *,
        targets: Sequence[np.ndarray] | None = None,
        loss: Any = None,
        wanted: Collection[int] | None = None,
        parameters: bool = False,
        detached: bool = False,
    ) -> Gradient:
        """See `echospan.adapters.Adapter.gradient`."""
        import torch

        if len(chunks) > 1:
            self.require("chunk_gradient")
        given = [self._tensors(chunk) for chunk in chunks]
        hooks = {
            place: self._hooks_of(place, chunks[0])
            for place, tensor in enumerate(given[0])
            if not (tensor.is_floating_point() or tensor.dtype is torch.bool)
            and (wanted is None or place in wanted)
        }
        added = [self._zeros(chunk) if any(hooks.values()) else [] for chunk in given]
        floats = [
            [place for place, tensor in enumerate(chunk)
             if tensor.is_floating_point() and (wanted is None or place in wanted)]
            for chunk in given
        ]  # fmt: skip
        for chunk, places in zip(given, floats, strict=True):
            for place in places:
                chunk[place].requires_grad_(True)
        leaves = [chunk[place] for chunk, own in zip(given, floats, strict=True) for place in own]
        leaves += [each for part in added for each in part]
        weights = dict(self.model.named_parameters()) if parameters else {}
        if not leaves and not weights:
            # Lengths, masks, or symbols whose vectors are not found.
            return Gradient([[None] * len(chunk) for chunk in chunks])
        with self._quiet(), torch.enable_grad():
            outputs = self._unrolled(given, added, detached=detached)
            if targets is None:
                total = self._mixed(outputs, mixtures)
            else:
                total = self._loss([self._ordered(o) for o in outputs], targets, loss)
            found = iter(gradients(total, [*leaves, *weights.values()]))
        inputs: list[list[np.ndarray | None]] = []
        for batch, places in zip(chunks, floats, strict=True):
            own = {
                place: self._turned(
                    self._back(place, next(found)), batch[place], timed=self._timed[place]
                )
                for place in places
            }
            inputs.append([own.get(place) for place in range(len(batch))])
        for number, (batch, part) in enumerate(zip(chunks, added, strict=True)):
            vectors = [next(found) for _ in part]
            for place, own_hooks in hooks.items():
                if own_hooks:
                    inputs[number][place] = self._sizes(vectors, own_hooks, batch[place])
        slopes = {name: to_numpy(next(found)) for name in weights}
        return Gradient(inputs, slopes, float(total.detach() if torch.is_tensor(total) else total))

    def training_loss(
        self, inputs: Sequence[np.ndarray], targets: Sequence[np.ndarray], loss: Any
    ) -> torch.Tensor:
        """The loss of one batch as a tensor with its graph."""
        import torch

        with self._quiet(), torch.enable_grad():
            outputs, _ = self._call(self._tensors(inputs), None, [])
            found: torch.Tensor = self._loss([self._ordered(o) for o in outputs], targets, loss)
            return found

    def teaching(self, inputs: Sequence[np.ndarray], *, training: bool = False) -> Teaching:
        """What the graph of one call says, also of parameters that are not registered."""
        import torch

        before = self.model.training
        given = self._tensors(inputs)

        def call() -> Any:
            self._call(given, None, [])
            answer, self._answer = self._answer, None
            return answer

        try:
            with self._quiet(), torch.enable_grad():
                self.model.train(training or before)
                return teaching(self.model, call)
        finally:
            self.model.train(before)

    def kept_graph(self, inputs: Sequence[np.ndarray]) -> list[str]:
        """Attributes through which a second call hangs on the graph of the first, by full name."""
        import torch

        with self._quiet(), torch.enable_grad():
            began = now()
            self._call(self._tensors(inputs), None, [])
            ended = now()
            names = [
                f"{path}.{name}" if path else name
                for path, module in self.model.named_modules()
                for name, value in {**vars(module), **module._buffers}.items()
                if not name.startswith("_")
                and any(part.grad_fn is not None for part in tensors(value))
            ]
            outputs, _ = self._call(self._tensors(inputs), None, [])
            spans = any(began <= each < ended for each in numbers(outputs))
        return names if spans else []

    def _loss(
        self, outputs: Sequence[torch.Tensor], targets: Sequence[np.ndarray], loss: Any
    ) -> Any:
        if loss is None:
            raise NotSupported("loss", "a module has no loss of its own; give loss=")
        given = self._targets(targets)
        return loss(outputs[0], given[0]) if len(given) == 1 else loss(list(outputs), given)

    def _mixed(self, outputs: Sequence[torch.Tensor], mixtures: Sequence[np.ndarray | None]) -> Any:
        import torch

        pairs = zip(outputs, mixtures, strict=False)
        return sum(
            (self._ordered(output) * torch.as_tensor(mixture, dtype=output.dtype)).sum()
            for output, mixture in pairs
            if mixture is not None
        )

    # Symbols.

    def _zeros(self, chunk: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        import torch

        with self._quiet(), torch.no_grad():
            self._call(chunk, None, [])
            return [torch.zeros_like(each).requires_grad_(True) for each in self._seen]

    def _hooks_of(self, number: int, batch: Sequence[np.ndarray]) -> list[int]:
        """The places at which an input's symbols become vectors, found by changing all of them."""
        import torch

        if number not in self._hooks:
            symbols = np.asarray(batch[number])
            width = self._known.vocabulary or max(int(symbols.max()) + 1, 2)
            seen = []
            for values in (symbols, (symbols + 1) % width):
                given = self._tensors([*batch[:number], values, *batch[number + 1 :]])
                with self._quiet(), torch.no_grad():
                    self._call(given, None, [])
                    seen.append([each.clone() for each in self._seen])
            steps = {tuple(symbols.shape[:2]), tuple(symbols.shape[1::-1])}
            self._hooks[number] = [
                place
                for place, (one, other) in enumerate(zip(*seen, strict=True))
                if tuple(one.shape[:2]) in steps and not torch.equal(one, other)
            ]
        return self._hooks[number]

    def _sizes(
        self, vectors: Sequence[torch.Tensor], hooks: Sequence[int], symbols: np.ndarray
    ) -> np.ndarray:
        turned = [np.abs(self._turned(vectors[hook], symbols)) for hook in hooks]
        return np.concatenate([each.reshape(*symbols.shape[:2], -1) for each in turned], axis=2)
