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
    # On disk the modules import what they share; a widget is one text.
    return "\n".join(_joined(name, set(), whole=True))


def _joined(name: str, known: set[str], *, whole: bool = False) -> list[str]:
    """A file without its imports, after those that it imports and that are not there yet."""
    known.add(name)
    text = _file(name)
    parts: list[str] = []
    for part in _IMPORT.findall(text):
        if part not in known:
            parts += _joined(part, known)
    own = _IMPORT.sub("", text)
    return [*parts, own if whole else _EXPORT.sub("", own)]


def _file(name: str) -> str:
    return files("echospan.widgets").joinpath("js", f"{name}.js").read_text("utf-8")
