"""What models are called: `--name NAME` in order, or `--name NAME=MODEL`."""

from __future__ import annotations

from echospan.errors import ConfigError


def names_of(typed: list[str], models: list[str]) -> list[str]:
    """The name of each model, "" for its own; empty where none is given.

    Args:
        typed: As typed with `--name`.
        models: As typed.

    Raises:
        ConfigError: A name is of no model, or there are more names than models.
    """
    if not typed:
        return []
    found = dict.fromkeys(range(len(models)), "")
    waiting = []
    for text in typed:
        name, sign, model = text.partition("=")
        if sign and model in models:
            found[models.index(model)] = _checked(name.strip(), text)
        else:
            waiting.append(_checked(text.strip(), text))
    free = [number for number, name in found.items() if not name]
    if len(waiting) > len(free):
        raise ConfigError(
            "--name", f"at most one for each model ({len(models)})", waiting[len(free)],
            "Write NAME=MODEL to say which one it is of.",
        )  # fmt: skip
    for number, name in zip(free, waiting, strict=False):
        found[number] = name
    names = list(found.values())
    doubled = [name for name in names if name and names.count(name) > 1]
    if doubled:
        raise ConfigError("--name", "different for each model", doubled[0])
    return names


def _checked(name: str, text: str) -> str:
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise ConfigError("--name", "1 to 100 printable characters", text)
    return name
