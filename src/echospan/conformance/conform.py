"""Check whether a model carries its state rightly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

from echospan.adapters.resolve_stateful import resolve_stateful
from echospan.arguments import (
    each,
    either,
    flag,
    function,
    instance,
    one_of,
    readable,
    text,
    validated,
    whole,
)
from echospan.conformance.checks.table import NAMES
from echospan.conformance.examine import examine
from echospan.errors import ConfigError, unknown
from echospan.observer import Observer
from echospan.report.kept import STORE, check_store, keep
from echospan.report.objects import ConformReport
from echospan.store import Store

LISTED = "a list of names of checks"


OF_CONFORM = {
    "model": readable,
    "features": whole(1),
    "symbols": whole(2),
    "checks": either(LISTED, text, each(text, LISTED, most=1000, empty="at least one")),
    "allow": either(LISTED, text, each(text, LISTED, most=1000)),
    "strict": flag,
    "weights": one_of("enlarged", "own"),
    "trust": flag,
    "store": STORE,
    "observer": instance("an echospan.observer.Observer", "echospan.observer:Observer"),
    "stop": function,
}
"""What the arguments of `conform` may be."""


@validated(**OF_CONFORM)
def conform(
    model: Any,
    *,
    features: int | None = None,
    symbols: int | None = None,
    checks: Sequence[str] | None = None,
    allow: Sequence[str] = (),
    strict: bool = False,
    weights: Literal["enlarged", "own"] = "enlarged",
    trust: bool = False,
    store: str | Path | Store | None = None,
    observer: Observer | None = None,
    stop: Callable[[], bool] | None = None,
) -> ConformReport:
    """Check whether a model carries its state rightly.

    The model is compared with itself: a sequence in one call, against the same sequence in steps,
    in chunks, in a batch, with padding, with a state that was saved, reordered or reset. It is
    computed in float64 where its framework allows it. The user's model is not changed.

    Args:
        model: A torch module, a Keras model or layer, a pair (init, apply) of JAX functions, a
            flax.nnx module, a causal language model of transformers, an object with the methods
            `inputs`, `whole` and `run`, or a name: ``FILE.py:name``, ``package.module:name``,
            ``hf:MambaForCausalLM``, a .keras file, or a built-in model.
        features: Numbers in one step of the inputs; left out, found out.
        symbols: Size of the vocabulary where inputs are integers; left out, found out.
        checks: Names of the checks to run; left out, all.
        allow: Names of checks whose faults are listed as not promised and not counted.
        strict: Count every fault, whatever the library promises.
        weights: ``enlarged`` weights, with which a lost state shows, or the model's ``own``.
        trust: Build a .keras file whatever is in it.
        store: Folder, or store, in which the report is kept, so that ``echospan runs`` shows it.
            Default: it is not kept.
        observer: Told of each check.
        stop: Asked between two checks.

    Returns:
        A row for each check, with the difference, the tolerance and the power; for each fault the
        smallest case, the likely cause, and a script that shows it without echospan.

    Raises:
        ConfigError: The model can't be checked, or an argument is wrong; the message says why.

    Example:
        >>> import torch
        >>> report = echospan.conform(torch.nn.LSTM(3, 8, batch_first=True))
        >>> report.verdict
        'conforms'
        >>> report["chunks"].difference < report["chunks"].tolerance
        True
    """
    check_store(store)
    names, allowed = chosen(checks, allow, strict=strict)
    found = resolve_stateful(model, features=features, symbols=symbols, trust=trust)
    data = examine(
        found,
        names=names,
        allow=allowed,
        strict=strict,
        own_weights=weights == "own",
        observer=observer,
        stop=stop,
    )
    report = ConformReport(**{field.name: getattr(data, field.name) for field in fields(data)})
    if store is not None:
        settings = {
            "features": features, "symbols": symbols, "checks": checks, "allow": allow,
            "strict": strict, "weights": weights,
        }  # fmt: skip
        keep(report, "conform", store, subject=report.model, settings=settings)
    return report


def chosen(
    checks: Sequence[str] | None, allow: Sequence[str], *, strict: bool
) -> tuple[tuple[str, ...] | None, tuple[str, ...]]:
    """The names of the checks to run (None for all), and of those whose faults are not counted.

    Raises:
        ConfigError: There is no check of a name, or both `allow` and `strict` are given.
    """
    names = _names("checks", checks) if checks is not None else None
    allowed = _names("allow", allow)
    if strict and allowed:
        raise ConfigError("allow", "left out if strict is given", list(allow))
    return names, allowed


def _names(field: str, given: Sequence[str]) -> tuple[str, ...]:
    """Names of checks; what follows a colon, as in ``packed:position_ids``, is left to them.

    Raises:
        ConfigError: There is no check of that name.
    """
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        if name.partition(":")[0] not in NAMES:
            raise unknown(field, NAMES, name)
    return names
