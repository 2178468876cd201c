"""A trained run in use, as one object."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from echospan.arguments import flag, instance, path, validated, whole
from echospan.backend import keras_on_jax
from echospan.data import Vocabulary
from echospan.engine.budget import size
from echospan.engine.estimate import require_room_to_answer
from echospan.engine.values import WEIGHTS, expected, from_arrays, read, write
from echospan.errors import CorruptRun, EchospanError, StoreError
from echospan.experiment import Experiment
from echospan.files import open_place, unfit
from echospan.limits import asks_consent
from echospan.models import Signature
from echospan.models.init import Init
from echospan.serve.forecast import Forecast, forecast
from echospan.serve.loaded import VALUES, Loaded
from echospan.serve.onnx_file import OnnxFile, export_onnx
from echospan.serve.portable import how_to_load, portable
from echospan.serve.predict import Prediction, predict
from echospan.serve.stepper import Stepper
from echospan.store import Run

MOST_PARAMETERS = 200_000_000
"""A stored configuration that asks for more than this is refused before anything is allocated."""


class Trained(Loaded):
    """A trained run: its predictions, its forecasts, and its model as a file.

    trained = load(store.get("latest:stream"))
    trained.predict(["34", "12", "99"]).predicted
    """

    @validated(values=VALUES, yes=flag)
    @asks_consent
    def predict(self, values: Sequence[str], *, yes: bool = False) -> Prediction:
        """Predict at each value of a sequence.

        Args:
            values: The sequence.
            yes: Go on where the estimated memory or time is above a limit.

        Raises:
            DataError: A value that the model does not know, or a sequence of a length that it
                cannot take.
        """
        return predict(self, values)

    @validated(steps=whole(1), context=VALUES, yes=flag)
    @asks_consent
    def forecast(self, steps: int, context: Sequence[str] = (), *, yes: bool = False) -> Forecast:
        """Continue a sequence by feeding each prediction back as the next value.

        Args:
            steps: Values to forecast.
            context: Values to start from; left out, the end of the file that the run learned
                from, or a newly drawn sequence.
            yes: Go on where the estimated memory or time is above a limit.

        Raises:
            ConfigError: The run's model does not predict value by value, or it would take absurdly
                long.
            OutOfMemory: It is estimated to need more memory than is free.
            DataError: There is no context, and the file of the run cannot be read any more.
        """
        return forecast(self, steps, list(context) or None)

    @validated(rows=whole(1), yes=flag)
    @asks_consent
    def stepper(self, rows: int = 1, *, yes: bool = False) -> Stepper:
        """A context manager that takes values one at a time; see `Stepper`.

        Args:
            rows: Sequences that are fed at the same time.
            yes: Go on where the estimated memory is above a limit.

        Raises:
            OutOfMemory: It is estimated to need more memory than is free.
        """
        require_room_to_answer(
            self.experiment.model, self.signature, rows, self.signature.timesteps
        )
        return Stepper(self, rows)

    @validated(path=path)
    def how_to_load(self, path: str | Path) -> str:
        """Lines of Python that load what `export` wrote to `path`, and predict one row."""
        return how_to_load(self, Path(path))

    @validated(path=path, overwrite=flag)
    def export(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the model as a `.keras` file, for use without echospan.

        It takes any number of rows. A model that carries state starts from zero at each call.

        Raises:
            StoreError: The file is there already, cannot be written, or is a link or a device.
        """
        path = Path(path)
        if why := unfit(path):
            raise StoreError(f"Cannot write {path}. {why}")
        if os.path.lexists(path) and not overwrite:
            raise StoreError(f"{path} is there already. Use --overwrite to replace it.")
        try:
            with open_place(path.parent) as folder, tempfile.TemporaryDirectory() as aside:
                # Keras writes to a path, and would follow a link there.
                made = Path(aside) / "model.keras"
                portable(self).save(made)
                with open(made, "rb") as source, folder.writing(path.name) as file:
                    shutil.copyfileobj(source, file)
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error}.") from None
        return path

    @validated(path=path, overwrite=flag)
    def export_onnx(self, path: str | Path, *, overwrite: bool = False) -> OnnxFile:
        """Write the model as ONNX, after its outputs by ONNX Runtime agree with echospan's.

        It takes symbols (batch, time) as integers and gives scores and answers. A model that
        carries its state takes one value a call, and its state goes in and comes out.

        Args:
            path: The file.
            overwrite: Replace an existing file.

        Raises:
            MissingExtra: onnx or onnxruntime is not installed.
            NotConvertible: The model uses an operation that has no counterpart in ONNX here.
            EchospanError: The outputs differ by more than the tolerance.
            StoreError: The file is there already, cannot be written, or is a link or a device.
        """
        return export_onnx(self, Path(path), overwrite=overwrite)


@validated(run=instance("an echospan.store.Run", "echospan.store:Run"), trust=flag)
def load(run: Run, *, trust: bool = False) -> Trained:
    """Rebuild a finished run's model.

    Nothing in the run's folder is executed: the model is built from settings that are validated
    anew, and the weights must have exactly its names, shapes and types.

    Args:
        run: A finished run.
        trust: Import the classes that its settings name as ``package.module:Class``.

    Raises:
        CorruptRun: The folder does not hold what it claims to.
        EchospanError: The run is not finished, so it has no trained model.
    """
    _check_finished(run)
    keras_on_jax()
    try:
        experiment = Experiment.from_dict(run.config, trust=trust)
        stored = run.load_json("signature")
        signature = Signature(**stored)
        _check_size(experiment, signature)
        if experiment.task.features is not None:
            raise EchospanError(
                f"The run {run.id} was trained on numbers (task {experiment.task.kind!r}); only "
                "models of symbols can be used on values of your own."
            )
        model = experiment.model.build(signature, Init(experiment.seed))
    except (TypeError, ValueError) as error:
        raise CorruptRun(f"The settings of run {run.id} cannot be used: {error}") from None
    vocabulary = None
    if experiment.task.kind == "series":
        vocabulary = Vocabulary.from_json(run.load_json("vocabulary"))
    weights = run.load_weights(expected(model))
    write(model, from_arrays(model, read(model), weights, WEIGHTS))
    return Trained(experiment, signature, model, read(model)._replace(states=[]), vocabulary)


def _check_size(experiment: Experiment, signature: Signature) -> None:
    """Refuse settings that ask for an absurd model, before Keras allocates it."""
    sizes = (signature.symbols, signature.timesteps, signature.target_steps, signature.batch_size)
    if any(not isinstance(size, int) or size < 0 for size in sizes):
        raise ValueError(f"the sizes of its signature are {sizes}")
    wanted = size(experiment.model, signature)
    numbers = wanted.parameters + wanted.fixed + wanted.state * max(signature.batch_size, 1)
    if numbers > MOST_PARAMETERS:
        raise ValueError(f"they ask for {numbers:,} parameters and numbers of state")


def _check_finished(run: Run) -> None:
    if run.state != "finished":
        raise EchospanError(
            f"The run {run.id} is {run.state}, so it has no trained model. "
            + (
                "Wait for it to end."
                if run.state == "running"
                else f"Continue it with: echospan run --resume {run.id}"
            )
        )
