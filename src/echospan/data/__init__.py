"""Where symbols come from: encodings, vocabularies, a user's CSV file."""

from __future__ import annotations

from echospan.data.bins import DEFAULT_BINS
from echospan.data.columns import describe_columns
from echospan.data.csv_file import MissingRows, Series, read_series
from echospan.data.encoding import MISSING, check_symbols, decode, one_hot, scale, unscale
from echospan.data.summary import describe, repeat_share
from echospan.data.vocabulary import Vocabulary

__all__ = [
    "DEFAULT_BINS",
    "MISSING",
    "MissingRows",
    "Series",
    "Vocabulary",
    "check_symbols",
    "decode",
    "describe",
    "describe_columns",
    "one_hot",
    "read_series",
    "repeat_share",
    "scale",
    "unscale",
]
