"""Sphinx: classes of settings show each setting, its default and what it means."""

from __future__ import annotations

from typing import Any

from sphinx.application import Sphinx

from echospan.spec import Spec


def _is_spec(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, Spec)


def _signature(
    app: Sphinx, what: str, name: str, found: Any, options: Any, signature: Any, returns: Any
) -> tuple[str, str] | None:
    if not _is_spec(found):
        return None
    shown = []
    for setting, about in found.model_fields.items():
        if setting != "kind":
            plain = not about.is_required() and about.default_factory is None
            shown.append(f"{setting}={about.default!r}" if plain else setting)
    return f"({', '.join(shown)})", ""


def _settings(
    app: Sphinx, what: str, name: str, found: Any, options: Any, lines: list[str]
) -> None:
    if not _is_spec(found):
        return
    told = [
        f":param {setting}: {' '.join(meaning.split())}"
        for setting, meaning in found.settings().items()
        if setting != "kind"
    ]
    example = next((i for i, line in enumerate(lines) if "rubric:: Example" in line), len(lines))
    lines[example:example] = [*told, ""] if told else []


def setup(app: Sphinx) -> dict[str, Any]:
    """Hook both into autodoc, after napoleon."""
    app.connect("autodoc-process-signature", _signature)
    app.connect("autodoc-process-docstring", _settings, priority=600)
    return {"version": "1", "parallel_read_safe": True}
