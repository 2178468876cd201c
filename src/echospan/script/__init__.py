"""Experiments as programs of plain Keras, to read and to take home."""

from echospan.script.notebook import notebook
from echospan.script.pieces import Script, Section
from echospan.script.write import write_script

__all__ = ["Script", "Section", "notebook", "write_script"]
