"""The class and the model that a name or an instance of transformers stands for."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from echospan.adapters.huggingface.exceptions import EXCEPTIONS
from echospan.adapters.huggingface.precision import float64
from echospan.adapters.huggingface.sizes import small_sizes
from echospan.errors import ConfigError, did_you_mean
from echospan.foreign import one_line

FIELD = "model"
ALLOWED = "the name of a class of transformers for causal language models, as in hf:GPT2LMHeadModel"
MOST_PARAMETERS = 2_000_000
"""A model with more has sizes that the table does not know."""
NEEDED = ("pad_token_id", "bos_token_id", "eos_token_id")


def class_of(name: str) -> Any:
    """The class of that name.

    Raises:
        ConfigError: There is none, or it is no causal language model.
    """
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    known = sorted(set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()))
    try:
        found = getattr(transformers, name)
    except AttributeError:
        near = did_you_mean(name, known).replace("Did you mean '", "Did you mean 'hf:")
        version = f"transformers {transformers.__version__} has no class of that name."
        raise ConfigError(FIELD, ALLOWED, f"hf:{name}", f"{version} {near}".strip()) from None
    if not isinstance(found, type) or not issubclass(found, transformers.PreTrainedModel):
        raise ConfigError(FIELD, ALLOWED, f"hf:{name}", "It is no model.")
    if name not in known:
        hint = "It is not among the causal language models that transformers lists."
        raise ConfigError(FIELD, ALLOWED, f"hf:{name}", _why_not(found) or hint)
    return found


def _why_not(found: Any) -> str:
    name = found.__name__
    if "ForConditionalGeneration" in name or "Seq2Seq" in name:
        return "It is an encoder-decoder, or takes images or sound; decoders alone are checked."
    if name.endswith("Model") and "LMHead" not in name:
        return "It has no outputs over a vocabulary; name its class ...ForCausalLM."
    return ""


def usable(found: Any) -> Any:
    """The class itself.

    Raises:
        ConfigError: Its models can't be used as others are.
    """
    name = found.__name__
    exception = EXCEPTIONS.get(found.config_class.model_type)
    if exception and exception.refused:
        raise ConfigError(FIELD, "a model that can be checked", f"hf:{name}",
                          f"{name} can't be: {exception.refused}.")  # fmt: skip
    if "ForConditionalGeneration" in name:
        raise ConfigError(FIELD, ALLOWED, f"hf:{name}", _why_not(found))
    return found


def built(name: str) -> tuple[Any, Mapping[str, Any]]:
    """A small model with random weights, and the arguments of its configuration.

    Raises:
        ConfigError: No small model of this class can be made.
    """
    found = usable(class_of(name))
    try:
        sizes = small_sizes(found.config_class)
        with torch.device("meta"):
            most = sum(each.numel() for each in found(found.config_class(**sizes)).parameters())
        if most > MOST_PARAMETERS:
            raise ValueError(f"with small sizes it still has {most:,} parameters")
        with quiet(), float64():
            torch.manual_seed(0)
            model = found(found.config_class(**sizes)).double().eval()
    except Exception as error:
        raise ConfigError(
            FIELD, "a class of which a small model can be made, or an instance", f"hf:{name}",
            f"Making one failed: {one_line(str(error))[:200]}. Pass an instance with small sizes.",
        ) from error  # fmt: skip
    return model, sizes


def copied(model: Any) -> Any:
    """A copy of an instance in float64.

    Raises:
        ConfigError: It can't be copied, or it is not made of floating point numbers.
    """
    try:
        clone = copy.deepcopy(model)
    except Exception as error:
        raise ConfigError(
            FIELD, "a model that can be copied", type(model).__name__,
            f"copy.deepcopy failed: {one_line(str(error))[:200]}.",
        ) from error  # fmt: skip
    if getattr(clone, "is_quantized", False):
        raise ConfigError(FIELD, "a model that is not quantized", type(model).__name__)
    with quiet(), float64():
        clone = clone.double().eval()
        if hasattr(clone, "set_experts_implementation"):
            # Grouped products of experts have no float64.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                clone.set_experts_implementation("eager")
        if getattr(clone.config, "_attn_implementation", "eager") not in ("eager", "sdpa"):
            clone.set_attn_implementation("eager")
    return clone


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings of transformers, which are about settings that the checks choose."""
    from transformers.utils import logging

    level = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
