"""A causal language model of transformers from a local folder: safetensors, no code of others."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from echospan.errors import ConfigError, DataError
from echospan.extras import needs
from echospan.foreign import one_line
from echospan.given import open_given
from echospan.limits import sizes

FIELD = "--model"

MOST_TEXT = 4 * sizes.MIB
"""Bytes of a text that are read: many times what the windows need."""

UNREADABLE = 0.01
"""Share of the bytes of a text that may be no UTF-8."""


def load_folder(folder: str) -> Any:
    """The model of a folder that `save_pretrained` wrote, in evaluation mode.

    Nothing is downloaded, no code of the folder is run, and no pickled weights are read.

    Args:
        folder: The folder, without the prefix ``hf:``.

    Raises:
        MissingExtra: transformers or torch is not installed.
        ConfigError: It is no such folder, or the model can't be loaded.
    """
    needs("A model of Hugging Face", "transformers", "torch")
    place = Path(folder)
    if not place.is_dir():
        raise ConfigError(
            FIELD, "hf: and a local folder that save_pretrained wrote", f"hf:{folder}",
            "Nothing is downloaded.",
        )  # fmt: skip
    if not list(place.glob("*.safetensors")):
        raise ConfigError(
            FIELD, "a folder with weights as .safetensors", f"hf:{folder}",
            "Save them by model.save_pretrained(folder).",
        )  # fmt: skip
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging

    # Its bars would stand among the command's own lines.
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return AutoModelForCausalLM.from_pretrained(
                str(place), local_files_only=True, use_safetensors=True, trust_remote_code=False
            ).eval()
    except Exception as error:
        told = one_line(f"{type(error).__name__}: {error}")[:200]
        raise ConfigError(
            FIELD, "a folder with a causal language model", f"hf:{folder}",
            f"Loading it failed: {told}",
        ) from error  # fmt: skip


def read_text(folder: str, path: Path) -> np.ndarray:
    """A text as the folder's tokenizer reads it, (time,).

    Args:
        folder: The folder of the model.
        path: A text file in UTF-8.

    Raises:
        ConfigError: The folder has no tokenizer.
        DataError: The file is missing, or is no text.
    """
    text = text_of(path)
    from transformers import AutoTokenizer

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tokenizer = AutoTokenizer.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
            found = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    except Exception as error:
        told = one_line(f"{type(error).__name__}: {error}")[:200]
        raise ConfigError(
            FIELD, "a folder with a tokenizer that can be loaded", f"hf:{folder}",
            f"{told}. With --data as .npz or .npy, integers of the model's vocabulary are taken.",
        ) from error  # fmt: skip
    return np.asarray(found, "int64").reshape(-1)


def text_of(path: Path) -> str:
    """The beginning of a text file.

    Raises:
        DataError: It is missing, empty, or no text.
    """
    with open_given(path, "a text file", sizes.ARRAYS) as file:
        content = file.read(MOST_TEXT)
    text = content.decode("utf-8", "replace")
    if text.count("�") > UNREADABLE * len(text) or "\0" in text:
        raise DataError(f"{path} must be a text in UTF-8.")
    return text
