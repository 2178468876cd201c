"""Weights that no training can change: frozen, not registered, not used, or cut from the gradient.

A bias alone is no finding: before a normalisation or inside a softmax it plays no part by
construction. Nor are recurrent weights of a layer that sees a single time step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from echospan.adapters.base import Adapter
from echospan.doctor.finding import find
from echospan.doctor.probe_model import first, typed
from echospan.doctor.silent import DRAWS, Silent, part_of, silent_weights
from echospan.results.check_report import Finding

if TYPE_CHECKING:
    from echospan.doctor.examination import Examination

SHOWN = 4
"""Names that a message lists."""

RECURRENT = ("recurrent_kernel", "weight_hh")
"""Weights that the first step of a recurrent layer, from a zero state, does not use."""


def dead_part_findings(examination: Examination) -> list[Finding]:
    """Look for weights that training cannot change."""
    probed = examination.probed
    if probed is None:
        return []
    try:
        found = _frozen(examination, probed.adapter)
        if probed.adapter.trained():
            found += _unregistered(examination)
            found += _silent(examination, probed.adapter, silent_weights(examination))
    except Exception as error:
        told = " ".join(f"{type(error).__name__}: {error}".split())[:160]
        examination.skip(f"whether a gradient reaches all weights ({told})")
        return []
    return found


def _frozen(examination: Examination, adapter: Adapter) -> list[Finding]:
    frozen, sizes = adapter.frozen(), _sizes(adapter)
    count, keras = _count(frozen, sizes), examination.facts.framework == "keras"
    if not count:
        return []
    remedy = (
        "model.trainable = True  # then compile it again"
        if keras
        else "model.requires_grad_(True)  # before the optimizer is made"
    )
    if adapter.trained():
        told = f"{_named(frozen)} frozen ({count:,} of {sum(sizes.values()):,} weights)"
        return [
            find("dead-part", f"{told}, so that training leaves them as they are.",
                 severity="note", remedy=remedy, weights=frozen, kind="frozen")
        ]  # fmt: skip
    trains = examination.rate is not None or examination.loss is not None
    return [
        find(
            "dead-part",
            f"All {count:,} weights are frozen: training changes nothing, and the loss stays as "
            "it is.",
            severity="error" if trains else "warning",
            remedy=remedy,
            weights=frozen,
            kind="frozen",
        )
    ]


def _unregistered(examination: Examination) -> list[Finding]:
    """Parameters that a torch module keeps where no optimizer finds them."""
    given = examination.given if examination.facts.framework == "torch" else None
    if given is None:
        return []
    taught = given.adapter.teaching(typed(given.sources, first(given.sources, given.rows)))
    assert taught is not None
    weights = taught.weights
    held = examination.optimized
    names = [n for n, w in weights.items() if not w.registered and w.connected and n not in held]
    if not names:
        return []
    holders = list(dict.fromkeys(name.partition("[")[0] for name in names))
    rest = names[0].removeprefix(holders[0])
    keyed, modules = rest.startswith(("['", '["')), "." in rest.partition("]")[2]
    kind, made = "a plain tensor", "Parameter"
    if rest:
        kind = "a plain dictionary" if keyed else "a plain list"
        made = ("Module" if modules else "Parameter") + ("Dict" if keyed else "List")
    where = f"model.{holders[0]}"
    count = sum(weights[name].numbers for name in names)
    return [
        find(
            "dead-part",
            f"{_list(holders)} {'keeps' if len(holders) == 1 else 'keep'} {count:,} numbers in "
            f"{kind}, which torch does not register: model.parameters() leaves them out, no "
            "optimizer trains them, and state_dict() does not save them.",
            remedy=f"{where} = torch.nn.{made}({where})  # in __init__; then make the optimizer",
            weights=names,
            kind="unregistered",
        )
    ]


def _silent(examination: Examination, adapter: Adapter, silent: Silent) -> list[Finding]:
    sizes, steps = _sizes(adapter), _steps(examination)
    recurrent = [n for n in silent.names if any(part in n for part in RECURRENT)]
    if steps == 1:
        # Nothing is carried into the only step, whatever a cell calls its weights.
        recurrent = []
    left = set(silent.names) - {n for n in silent.names if any(part in n for part in RECURRENT)}
    found = _one_step(recurrent, left)
    cut = [n for n in silent.cut if n in left]
    unused = [n for n in silent.unused if n in left]
    cancelled = [n for n in silent.cancelled if n in left and steps > 1]
    if cut:
        found.append(_cut(adapter, cut, silent, sizes))
    if unused:
        found.append(_unused(unused, silent.idle, sizes))
    if cancelled:
        found.append(_cancelled(cancelled, silent.single, sizes))
    return found


def _cut(adapter: Adapter, names: Sequence[str], silent: Silent, sizes: dict[str, int]) -> Finding:
    torch = adapter.framework == "torch"
    by = "detach(), torch.no_grad(), argmax, a cast to integers or NumPy" if torch else (
        "stop_gradient, argmax, rounding or a cast to integers"
    )  # fmt: skip
    whole = all(name in silent.names or "bias" in name for name in adapter.trained())
    if whole:
        message = (
            "No weight at all gets a gradient, although the outputs depend on them: they are cut "
            f"off from the graph by {by}. Training changes nothing."
        )
    else:
        message = (
            f"{_named(names)} used, but no gradient gets to {_them(names)} "
            f"({_count(names, sizes):,} weights): the way from there to the outputs is cut by {by}."
            f" They keep the values they have now."
        )
    part = _parts(names)[0]
    undo = (
        f"# leave out detach() or torch.no_grad() behind {part}, or model.{part}"
        ".requires_grad_(False) if it shall stay as it is"
        if torch
        else f"# leave out stop_gradient (or what has no gradient) behind {part}"
    )
    return find("dead-part", message, severity="error" if whole else "warning", remedy=undo,
                weights=list(names), kind="cut", draws=DRAWS)  # fmt: skip


def _unused(names: Sequence[str], idle: Sequence[str], sizes: dict[str, int]) -> Finding:
    parts = _parts(names)
    why = (
        "forward does not call it" if all(part in idle for part in parts)
        else "its values do not get to the outputs"
    )  # fmt: skip
    if len(parts) > 1:
        why = why.replace("call it", "call them").replace("its values", "their values")
    return find(
        "dead-part",
        f"{_list([repr(part) for part in parts])} never {'gets' if len(parts) == 1 else 'get'} a "
        f"gradient ({_count(names, sizes):,} weights): {why}.",
        remedy=f"# use {_list(parts)} in forward, or take it out",
        weights=list(names),
        kind="unused",
        draws=DRAWS,
    )


def _cancelled(names: Sequence[str], single: Sequence[str], sizes: dict[str, int]) -> Finding:
    if single:
        why = (
            f"{single[0]} is always 1, whatever the scores: the axis has length one. Take the "
            "softmax over the time steps"
        )
        remedy = "weights = torch.softmax(scores, dim=1)  # over time, for scores (batch, time, 1)"
    else:
        why = (
            "no value of theirs changes the outputs. That is so where a softmax or an attention "
            "goes over an axis of length one, whose weights are always 1, where a normalisation "
            "goes over a single value, or where the result is multiplied by zero"
        )
        remedy = "# attend over the time axis: keys and values (batch, time, features)"
    return find(
        "dead-part",
        f"{_named(names)} used, but never {'gets' if len(_parts(names)) == 1 else 'get'} a "
        f"gradient ({_count(names, sizes):,} weights): {why}.",
        remedy=remedy,
        weights=list(names),
        kind="cancelled",
        single=list(single),
        draws=DRAWS,
    )


def _one_step(names: Sequence[str], others: set[str]) -> list[Finding]:
    """Recurrent weights of a layer that is read after its first step."""
    backward = [n for n in names if "reverse" in n or "backward" in n]
    alone = {part_of(n) for n in names} - {part_of(n) for n in others}
    if not backward or not alone:
        return []
    return [
        find(
            "dead-part",
            f"The backward direction of {_list(_parts(backward))} has read one time step only "
            "where the answer is taken, so that its recurrent weights get no gradient: at the last "
            "time step it has just begun.",
            remedy="# with h_n of (out, (h_n, c_n)): torch.cat([h_n[-2], h_n[-1]], -1), "
            "not out[:, -1]",
            weights=list(names),
            kind="one step",
        )
    ]


def _steps(examination: Examination) -> int:
    sources = examination.data.sources
    return max((s.values.shape[1] for s in sources if s.sequence), default=1)


def _sizes(adapter: Adapter) -> dict[str, int]:
    return {name: int(value.size) for name, value in adapter.parameters().items()}


def _count(names: Sequence[str], sizes: dict[str, int]) -> int:
    return sum(sizes.get(name, 0) for name in names)


def _parts(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(part_of(name) for name in names))


def _list(parts: Sequence[str]) -> str:
    shown = list(parts[:SHOWN])
    if len(parts) > SHOWN:
        return f"{', '.join(shown)} and {len(parts) - SHOWN} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _named(names: Sequence[str]) -> str:
    parts = _parts(names)
    return f"{_list([repr(part) for part in parts])} {'is' if len(parts) == 1 else 'are'}"


def _them(names: Sequence[str]) -> str:
    return "it" if len(_parts(names)) == 1 else "them"
