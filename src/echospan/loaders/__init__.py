"""Files of models and arrays, read only after their sizes were looked at."""

from echospan.loaders.arrays import load_arrays, load_column

__all__ = ["load_arrays", "load_column"]
