"""`doctor-env`: the backend and machine that echospan uses."""

from __future__ import annotations

from typing import Any

from echospan.cli.options import JsonOption
from echospan.cli.printing import out, print_json


def doctor_env(json: JsonOption = False) -> None:
    """Print the backend, devices, kernels, caches and versions."""
    from echospan.engine.environment import environment

    facts = environment()
    if json:
        print_json(facts)
        return
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, line in _lines(facts):
        table.add_row(name, line)
    out().print(table, highlight=False)


def _lines(facts: dict[str, Any]) -> list[tuple[str, str]]:
    backend, kernels, cache = facts["backend"], facts["kernels"], facts["cache"]
    lines = [
        ("backend", backend["problem"] or f"Keras on {backend['keras']}, {backend['jax']}"),
        *(("device", _device(device)) for device in facts["devices"]),
        ("kernels", _kernels(kernels)),
    ]
    if kernels["library"]:
        lines.append(("library", kernels["library"]))
    size = f"{cache['files']} files, {cache['bytes'] / 2**20:.1f} MiB"
    lines.append(("cache", f"{cache['folder']}, {size}" if cache["folder"] else "turned off"))
    lines.append(("system", facts["system"]))
    versions = facts["versions"].items()
    lines.append(("versions", ", ".join(f"{name} {number}" for name, number in versions if number)))
    return lines


def _device(device: dict[str, Any]) -> str:
    cores = f", {device['cores']} cores" if "cores" in device else ""
    # JAX calls a processor just "cpu".
    kind = "" if device["kind"] == device["platform"] else f", {device['kind']}"
    return f"{device['platform']}{kind}{cores}"


def _kernels(kernels: dict[str, Any]) -> str:
    if kernels["in_use"] is None:
        return f"not used: {kernels['reason']}"
    if kernels["in_use"] == "jax":
        return f"JAX's own compiler; the compiled kernels are not used: {kernels['reason']}"
    usable = ", ".join(kernels["usable"])
    return f"compiled, {kernels['instructions']} (this processor has: {usable})"
