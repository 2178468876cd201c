"""A script as a Jupyter notebook, in the JSON of nbformat 4.5."""

from __future__ import annotations

import json
from typing import Any

from echospan.script.pieces import Script, Section


def notebook(script: Script, further: tuple[Section, ...] = ()) -> str:
    """The notebook's JSON: one cell of text and one of code for each section.

    Args:
        script: What it holds.
        further: Sections that come after it.
    """
    cells = [_text(0, f"# {script.title}\n\n{script.about}".strip())]
    for section in (*script.sections, *further):
        cells.append(_text(len(cells), f"## {section.title}\n\n{section.text}".strip()))
        cells.append(_code(len(cells), section.code))
    content = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _text(number: int, text: str) -> dict[str, Any]:
    return {
        "cell_type": "markdown",
        "id": f"cell-{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }


def _code(number: int, code: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": f"cell-{number}",
        "metadata": {},
        "outputs": [],
        "source": code.splitlines(keepends=True),
    }
