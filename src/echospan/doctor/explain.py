"""A code explained: for the terminal and, from the same texts, for the documentation."""

from __future__ import annotations

from echospan.doctor.catalogue import EVIDENCE, Entry, catalogue, entry


def explain(code: str) -> str:
    """Explain a finding's code, with an example and the remedy, as plain text.

    Raises:
        ConfigError: There is no such code.

    Example:
        >>> text = echospan.explain("no-signal")
        >>> print(text.partition(":")[0])
        no-signal (warning)
    """
    found = entry(code)
    parts = [
        f"{found.code} ({found.severity}): {found.title}",
        _fold(found.meaning),
        f"Evidence: {_evidence(found)}.",
        f"When it is not a problem: {_fold(found.caveat)}",
        f"Example:\n\n{_indent(_example(found))}",
        f"Remedy: {_fold(found.cure)}",
    ]
    if _cure(found):
        parts.append(_indent(_cure(found)))
    return "\n\n".join(parts) + "\n"


def catalogue_page() -> str:
    """The whole catalogue as one Markdown page."""
    parts = [
        "# Catalogue of findings",
        "This page lists what each finding of `echospan check` means, with an example that has it "
        "and the remedy. `echospan explain CODE` prints the same in the terminal.",
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
