"""Where symbols come from: encodings, vocabularies, a user's CSV file."""

from __future__ import annotations

from echospan.data.csv_file import MissingRows, Series, read_series
from echospan.data.encoding import MISSING, check_symbols, decode, one_hot, scale, unscale
from echospan.data.summary import describe, repeat_share
from echospan.data.vocabulary import Vocabulary

__all__ = [
    "MISSING",
    "MissingRows",
    "Series",
    "Vocabulary",
    "check_symbols",
    "decode",
    "describe",
    "one_hot",
    "read_series",
    "repeat_share",
    "scale",
    "unscale",
]
