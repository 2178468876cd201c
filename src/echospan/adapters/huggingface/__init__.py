"""Causal language models of Hugging Face transformers. Importing this package imports neither."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from echospan.errors import ConfigError
from echospan.extras import needs

if TYPE_CHECKING:
    from echospan.adapters.huggingface.model import HuggingFaceModel

__all__ = ["stateful_of", "symbols_of"]


def symbols_of(model: str, symbols: int, units: int | None = None) -> Callable[[int], Any]:
    """What makes the torch module that `echospan.span` trains, for a seed.

    Args:
        model: The name of a class of transformers, such as ``hf:MambaForCausalLM``.
        symbols: Number of symbols.
        units: Its width; a multiple of 8 near it is taken. Left out, 32.

    Raises:
        MissingExtra: transformers or torch is not installed.
        ConfigError: There is no such class.
    """
    needs("A model of Hugging Face", "transformers", "torch")
    from echospan.adapters import loading
    from echospan.adapters.huggingface import finding, spanned

    name = model.removeprefix(loading.HUGGING_FACE)
    finding.class_of(name)

    def make(seed: int) -> Any:
        with loading.seeded(seed):
            return spanned.symbol_model(name, symbols, units or spanned.UNITS)

    return make


def stateful_of(model: Any, text: str = "") -> HuggingFaceModel:
    """Make what `echospan.conform` checks from a class name or an instance.

    No weights are downloaded. A class gets a small configuration and random weights; an instance
    is copied.

    Args:
        model: The name of a class of transformers, such as ``MambaForCausalLM``, or a
            `transformers.PreTrainedModel`.
        text: What messages call it; left out, the name of the class.

    Raises:
        MissingExtra: transformers or torch is not installed.
        ConfigError: There is no such class, it is no decoder alone, it has no cache, or no small
            model of it can be made.

    Example::

        from echospan.adapters.huggingface import stateful_of

        model = stateful_of("MambaForCausalLM")
        answers, state = model.run(model.inputs(2, 5, seed=0), None)
    """
    needs("A model of Hugging Face", "transformers", "torch")
    from echospan.adapters.huggingface import finding
    from echospan.adapters.huggingface.model import HuggingFaceModel

    if isinstance(model, str):
        name = model.removeprefix("hf:")
        made, sizes = finding.built(name)
        notes = ("Its weights are random, and its configuration has small sizes.",)
        return HuggingFaceModel(made, text or f"hf:{name}", sizes, notes)
    if getattr(model.config, "is_encoder_decoder", False):
        raise ConfigError(
            finding.FIELD, "a decoder alone", type(model).__name__,
            "An encoder-decoder takes two sequences.",
        )  # fmt: skip
    notes = ("A copy in float64 was checked, with its own configuration.",)
    return HuggingFaceModel(finding.copied(model), text or type(model).__name__, None, notes)
