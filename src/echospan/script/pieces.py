"""What a script is made of: constants at its top, then sections of text and code."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 88
"""Columns of the lines that are wrapped here."""


@dataclass(frozen=True)
class Constant:
    """One line at the top of the script.

    Attributes:
        name: In capitals, as code refers to it.
        value: Python source.
        comment: What it is, after the value; empty for none.
    """

    name: str
    value: str
    comment: str = ""

    @property
    def line(self) -> str:
        """The assignment, with its comment."""
        note = f"  # {self.comment}" if self.comment else ""
        return f"{self.name} = {self.value}{note}"


@dataclass(frozen=True)
class Section:
    """A step of the script: a cell pair in a notebook.

    Attributes:
        title: A few words.
        text: One short paragraph, or nothing.
        code: Python source without blank lines at its ends.
    """

    title: str
    text: str
    code: str


@dataclass(frozen=True)
class Script:
    """A recipe as a program.

    Attributes:
        title: Of the recipe.
        about: What it shows.
        sections: In the order in which they run.
        with_fit: Those that train and evaluate a fresh model with `echospan.fit`.
    """

    title: str
    about: str
    sections: tuple[Section, ...]
    with_fit: tuple[Section, ...] = ()

    def text(self) -> str:
        """The program as one Python file."""
        title = f"{self.title.rstrip('.')}."
        paragraphs = [textwrap.fill(part, WIDTH) for part in (title, self.about) if part]
        # A recipe of the user's own may hold anything.
        docstring = "\n\n".join(paragraphs).replace("\\", "\\\\").replace('"""', "'''")
        parts = [f'"""{docstring}\n"""' if len(paragraphs) > 1 else f'"""{docstring}"""']
        parts += [
            f"{heading(section)}{_gap(section.code)}{section.code}" for section in self.sections
        ]
        return "\n\n\n".join(parts) + "\n"


def heading(section: Section) -> str:
    """The section's title and text as comments."""
    text = textwrap.wrap(section.text, WIDTH - 2)
    return "\n".join([f"# --- {section.title} ---", *(f"# {line}" for line in text)])


def _gap(code: str) -> str:
    """The blank lines that ruff and black put between a comment and code."""
    return "\n\n\n" if code.startswith(("def ", "@")) else "\n\n"


def source(text: str, **names: object) -> str:
    """A template as source: dedented, each ``<name>`` replaced by what it stands for.

    A value of several lines is indented like the line in which its name stands.
    """
    lines = []
    for line in textwrap.dedent(text).strip("\n").splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        for name, value in names.items():
            if f"<{name}>" in line:
                line = line.replace(f"<{name}>", str(value).replace("\n", f"\n{indent}"))
        lines.append(line)
    return "\n".join(line for line in lines if line.strip() != "<->")


def quoted(text: str) -> str:
    """A string literal, in double quotes as ruff and black write them."""
    literal = repr(text)
    if literal.startswith('"') or '"' in literal:
        return literal
    return f'"{literal[1:-1]}"'


def constants(listed: Iterable[Constant]) -> str:
    """The assignments, each name once."""
    named = {constant.name: constant.line for constant in listed}
    return "\n".join(named.values())
