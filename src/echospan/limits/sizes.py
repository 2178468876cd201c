"""The limits by name. Bytes unless the name says otherwise."""

from __future__ import annotations

MIB = 1 << 20
GIB = 1 << 30

SETTINGS_FILE = 4 * MIB
"""A TOML file of settings."""

RESULT_FILE = 64 * MIB
"""A .json file of a sheet or a comparison."""

SERIES_FILE = 4 * GIB
"""A CSV or Parquet file that one column is read from."""

ARRAYS = GIB
"""All arrays of a .npz, .npy or Parquet file, unpacked."""

MEMBERS = 10_000
"""Files in an archive."""

ARCHIVE_DIRECTORY = 4 * MIB
"""The table of contents of an archive, which is read whole."""

MODEL_CONFIG = 4_000_000
"""The description of the model in a .keras file."""

MODEL_FILE = GIB
"""Everything in a .keras file, unpacked: weights, and the optimizer's numbers."""

NESTING = 100
"""Depth of the description of a model."""

LAYER_SIZE = 10_000_000
"""The largest width, vocabulary or length that a layer of a file may ask for."""

UNROLLED_STEPS = 16_384
"""The same in a file with an unrolled layer, which is built step by step."""

FILE_PARAMETERS = 50_000_000
"""Parameters that a .keras file may ask for."""

LINE = MIB
"""One line of standard input."""

TYPED_VALUES = 1_000_000
"""Values on standard input or in a column, for one prediction."""

SEEDS = 1_000
"""Seeds of one `run`."""

UNITS = 1_000_000
"""Units of one sweep."""

SHARE_OF_MEMORY = 0.9
"""Of the memory that is free, how much a job may be estimated to need."""

DAYS = 7
"""A job estimated to take longer is refused."""
