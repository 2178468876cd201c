"""A code or a symptom explained: for the terminal and, from the same texts, for the docs."""

from __future__ import annotations

import difflib
from typing import Any

from echospan.arguments import text, validated
from echospan.doctor.catalogue import EVIDENCE, Entry, catalogue, entry, plugins
from echospan.doctor.symptoms import Match, match, symptoms
from echospan.errors import ConfigError


class Explanation(str):
    """Text that a notebook shows in lines."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self))


@validated(what=text)
def explain(what: str) -> str:
    """Explain a finding's code, with an example and the remedy; or a symptom, by its causes.

    Args:
        what: A code such as "no-signal", or what you see, in any words: "loss stays flat".

    Returns:
        Plain text: what the code means, or the findings that explain the symptom.

    Raises:
        ConfigError: There is no such code, and no symptom like it.

    Example:
        >>> text = echospan.explain("no-signal")
        >>> print(text.partition(":")[0])
        no-signal (warning)
        >>> print(echospan.explain("the forecast lags by one step").partition(":")[0])
        "the forecast lags by one step" may be
    """
    if what in catalogue() or not (matches := causes(what)):
        return Explanation(_of_code(entry(what)))
    return Explanation(_of_symptom(what, matches))


def causes(what: str) -> list[Match]:
    """Symptoms that a description may mean; empty if it is a code.

    Raises:
        ConfigError: It is neither; the message lists the symptoms.
    """
    if what in catalogue() or what in plugins().names():
        return []
    spoken = " " in what.strip()
    if not spoken and difflib.get_close_matches(what, catalogue(), 1, 0.8):
        # A code with a slip of the pen.
        return []
    found = match(what)
    if not found and spoken:
        listed = "; ".join(symptoms())
        raise ConfigError(
            "SYMPTOM",
            f"the code of a finding (echospan list findings), or like one of these: {listed}",
            what,
        )
    return found


def _of_symptom(what: str, matches: list[Match]) -> str:
    told = "; ".join(f'"{each.symptom}"' for each in matches)
    codes = [code for each in matches for code in each.codes]
    if told == f'"{what}"':
        lines = [f"These findings explain {told}:", ""]
    else:
        lines = [f'"{what}" may be: {told}. These findings explain it:', ""]
    widest = max(map(len, codes))
    lines += [f"{code:<{widest}}  {entry(code).title}" for code in dict.fromkeys(codes)]
    lines += [
        "",
        "echospan check tells which of them you have. echospan explain CODE has the remedy.",
    ]
    return "\n".join(lines) + "\n"


def _of_code(found: Entry) -> str:
    parts = [
        f"{found.code} ({found.severity}): {found.title}",
        _fold(found.meaning),
        *_symptoms(found),
        f"Evidence: {_evidence(found)}.",
        f"When it is not a problem: {_fold(found.caveat)}",
        f"Example:\n\n{_indent(_example(found))}",
        f"Remedy: {_fold(found.cure)}",
    ]
    if _cure(found):
        parts.append(_indent(_cure(found)))
    return "\n\n".join(parts) + "\n"


def _symptoms(found: Entry) -> list[str]:
    return [f"What you may see: {'; '.join(found.symptoms)}."] if found.symptoms else []


def catalogue_page() -> str:
    """The whole catalogue as one Markdown page."""
    parts = [
        "# Catalogue of findings",
        "This page lists what each finding of `echospan check` means, with an example that has it "
        "and the remedy. `echospan explain CODE` prints the same in the terminal, and "
        "`echospan explain SYMPTOM` the findings that explain what you see.",
        "Each example is preceded by these lines; torch examples import torch instead of Keras:",
        _block(catalogue()["state-row-mismatch"].prelude),
    ]
    parts += [_section(found) for found in catalogue().values()]
    return "\n\n".join(parts) + "\n"


def _section(found: Entry) -> str:
    parts = [
        f"## {found.code}",
        f"**{found.title}.** Usually: {found.severity}.",
        _fold(found.meaning),
        *_symptoms(found),
        f"Evidence: {_evidence(found)}.",
        f"When it is not a problem: {_fold(found.caveat)}",
        _block(_example(found)),
        f"Remedy: {_fold(found.cure)}",
    ]
    if _cure(found):
        parts.append(_block(_cure(found)))
    return "\n\n".join(parts)


def _example(found: Entry) -> str:
    return f"{found.example.strip()}\n{found.call}"


def _cure(found: Entry) -> str:
    return "\n".join(part for part in (found.cured.strip(), found.cured_call) if part)


def _evidence(found: Entry) -> str:
    return "; ".join(EVIDENCE[letter] for letter in found.evidence)


def _fold(text: str) -> str:
    return " ".join(text.split())


def _indent(code: str) -> str:
    return "\n".join(f"    {line}" if line else "" for line in code.splitlines())


def _block(code: str) -> str:
    return f"```python\n{code.strip()}\n```"
