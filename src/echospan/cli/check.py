"""`explain`: what the doctor's codes mean."""

from __future__ import annotations

from typing import Annotated

import typer

from echospan.cli.options import JsonOption, print_json


def explain(
    code: Annotated[
        str, typer.Argument(metavar="CODE", help="A finding's code, such as gradient-cut.")
    ],
    json: JsonOption = False,
) -> None:
    """Say what a finding means, with an example that has it and the cure."""
    from echospan.doctor import explain as text_of
    from echospan.doctor.catalogue import entry

    if json:
        found = entry(code)
        print_json({**found.to_dict(), "example": f"{found.example.strip()}\n{found.call}"})
        return
    # Not through Rich: it would fold the code.
    print(text_of(code), end="")
