"""`predict`, `forecast`, `stream`: use a trained run."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echospan.cli.options import (
    JsonOption,
    RunArgument,
    StoreOption,
    TrustOption,
    YesOption,
    find_beside,
    open_store,
)
from echospan.cli.printing import out, print_json, print_text
from echospan.errors import DataError
from echospan.given import lines_of
from echospan.limits import require_at_most, sizes

if TYPE_CHECKING:
    from echospan.serve import Trained


def predict(
    run: RunArgument,
    numbers: Annotated[
        list[str] | None, typer.Argument(help="Values; by default, read from standard input.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="A CSV, Parquet, .npy or .npz file to read from.")
    ] = None,
    column: Annotated[str | None, typer.Option(help="The column of that file.")] = None,
    trust: TrustOption = False,
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Predict with a trained model on your own numbers."""
    trained, run_id = _load(run, store, trust)
    prediction = trained.predict(_values(trained, numbers, data, column))
    if json:
        print_json({"run_id": run_id, **asdict(prediction), "note": prediction.note or None})
        return
    console = out()
    width = max(len(text or "-") for text in [*prediction.inputs, *prediction.predicted])
    for label, texts in (
        ("inputs", prediction.inputs),
        ("expected", prediction.expected),
        ("predicted", prediction.predicted),
    ):
        if texts:
            cells = " ".join((text or "-").rjust(width) for text in texts)
            console.print(f"{label:<10}{cells}", highlight=False, soft_wrap=True, markup=False)
    if prediction.note:
        console.print(prediction.note, highlight=False, markup=False)


def forecast(
    run: RunArgument,
    numbers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Values to continue; by default, the end of the run's file, or a new random "
            "sequence."
        ),
    ] = None,
    steps: Annotated[int, typer.Option(help="Number of values to forecast.")] = 20,
    trust: TrustOption = False,
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Forecast by feeding predictions back as inputs, and report how accurate that is."""
    trained, run_id = _load(run, store, trust)
    outcome = trained.forecast(steps, numbers or ())
    worth = (
        "This forecast is not scored, because the next numbers of your own series are not known."
    )
    if outcome.note:
        worth = f"{outcome.note} {worth}"
    score = outcome.score
    if score is not None:
        low, high = score.interval
        worth = (
            f"{100 * score.share:.2f} % of {score.scored:,} such forecasts are right "
            f"(95 % interval {100 * low:.2f} % to {100 * high:.2f} %); guessing reaches "
            f"{100 * outcome.chance:.2f} %. The numbers are drawn uniformly and independently. The "
            "past does not tell anything about the next one, so no model can do better."
        )
    if json:
        print_json(
            {
                "run_id": run_id,
                "context": outcome.context,
                "forecast": outcome.forecast,
                "chance": outcome.chance,
                "accuracy": outcome.score.share if outcome.score else None,
                "accuracy_interval": list(outcome.score.interval) if outcome.score else None,
                "scored": outcome.score.scored if outcome.score else 0,
                "explanation": worth,
                "note": outcome.note or None,
            }
        )
        return
    console = out()
    for label, texts in (("context", outcome.context), ("forecast", outcome.forecast)):
        console.print(f"{label:<10}{' '.join(texts)}", highlight=False, markup=False)
    console.print(worth, highlight=False)


def stream(
    run: RunArgument,
    trust: TrustOption = False,
    yes: YesOption = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Read one number per line and print the answer at once; `-` if there is none yet.

    The state is carried, so the cost per step does not grow. With --json, each answer is one JSON
    object per line.
    """
    import numpy as np

    trained, _ = _load(run, store, trust)
    # A model with masking knows what a missing value is; another one would be lying.
    masks = bool(getattr(trained.experiment.model, "masking", False))
    with trained.stepper() as stepper:
        for number, line in enumerate(lines_of(sys.stdin, "The stream"), 1):
            text = line.strip()
            if not text and not masks:
                raise DataError(
                    f"Line {number} of the stream is blank, and this model was not trained to skip "
                    "missing values (model.masking=true)."
                )
            try:
                symbol = int(trained.encode([text])[0]) if text else -1
            except DataError as error:
                raise DataError(f"Line {number} of the stream: {error}") from None
            symbols = stepper.step(np.array([symbol], "int32"))
            answer = "-" if symbols is None else trained.show(int(symbols[0]))
            if json:
                print_json({"step": number, "input": text, "echo": answer})
            else:
                print_text(answer)


def _load(run_id: str, store: Path | None, trust: bool) -> tuple[Trained, str]:
    from echospan.serve import load

    with open_store(store, create=False) as opened:
        finished = "finished" if run_id.startswith("latest") else None
        run = opened.get(run_id, state=finished, kind="run")
        if trust:
            find_beside()
        return load(run, trust=trust), run.id


def _values(
    trained: Trained, numbers: list[str] | None, data: Path | None, column: str | None
) -> list[str]:
    from echospan.loaders import load_column

    if numbers:
        if data is not None or column is not None:
            raise DataError("Give numbers, or --data with --column, but not both.")
        return [part for text in numbers for part in text.replace(",", " ").split()]
    if data is not None:
        if column is None and data.suffix not in (".npz", ".npy"):
            raise DataError("--data needs --column, the name of the column to read.")
        listed = load_column(data, column)
        require_at_most("--data", sizes.TYPED_VALUES, len(listed))
        return listed
    if column is not None:
        raise DataError("--column needs --data, the CSV file to read.")
    values: list[str] = []
    for line in lines_of(sys.stdin, "Standard input"):
        values += line.replace(",", " ").split()
        require_at_most("NUMBERS", sizes.TYPED_VALUES, len(values))
    return values
