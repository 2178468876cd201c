"""The pictures' JavaScript: each an ES module that imports nothing, for whatever shows it."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from echospan.arguments import one_of, validated

NAMES = ("state", "rows", "reach", "accuracy")
"""The pictures: state over time, row arithmetic, reach map, accuracy by lag."""

NAME = one_of(*NAMES)

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=const |function )", re.MULTILINE)


@validated(name=NAME)
def source(name: str) -> str:
    """Return a picture as the text of one ES module without imports.

    Its default export is ``{ render({ model, el }) }``, as anywidget defines it; ``render`` returns
    what removes the picture. ``model`` needs ``get``, ``set``, ``save_changes``, ``on``, ``off``
    and ``send``.

    Args:
        name: "state", "rows", "reach" or "accuracy".

    Example:
        >>> echospan.widgets.source("reach").endswith("export default { render };\\n")
        True
    """
    return _source(name)


@cache
def _source(name: str) -> str:
    text = _file(name)
    # On disk the modules import what they share; a widget is one text.
    parts = [_EXPORT.sub("", _file(part)) for part in _IMPORT.findall(text)]
    return "\n".join([*parts, _IMPORT.sub("", text)])


def _file(name: str) -> str:
    return files("echospan.widgets").joinpath("js", f"{name}.js").read_text("utf-8")
