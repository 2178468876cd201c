"""Text of others, made safe to show: cells, names of files and columns, notes, errors.

A terminal obeys characters that nobody sees: they move its cursor, rename its window, turn the
order of letters around. `visible` writes them out, and all that echospan prints goes through it.
"""

from __future__ import annotations


def visible(text: object, *, lines: bool = False) -> str:
    """The text with every character that isn't printed written out, such as ``\\x1b``.

    Args:
        text: What is to be shown; not a string, it is made one.
        lines: Whether ends of lines stay what they are.

    Example:
        >>> visible("a\\x1b[31mb")
        'a\\\\x1b[31mb'
    """
    text = str(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or (lines and c == "\n") else _written(c) for c in text)


def _written(character: str) -> str:
    # Of spaces Python holds only one to be printable; the others, and tabs, are spaces too.
    if character == "\t" or (character.isspace() and character not in "\r\n\v\f\x85\u2028\u2029"):
        return character if character in "\u00a0\u3000" else " "
    return character.encode("unicode_escape").decode("ascii")


def one_line(text: object) -> str:
    """The text in one line, without what a terminal would obey."""
    return visible(" ".join(str(text).split()))


def text_of(error: BaseException) -> str:
    """What an exception says; its own `__str__` may fail, or try to end the program."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return "(an error whose text can't be made)"
