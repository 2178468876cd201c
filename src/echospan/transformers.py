"""Callbacks of Hugging Face's Trainer: the check, and how far back the model looks.

Importing this module imports transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from echospan.doctor.training_check import Reports
from echospan.errors import MissingExtra
from echospan.usage.training_log import Logs

if TYPE_CHECKING:
    TrainerCallback = Any
else:
    try:
        from transformers import TrainerCallback
    except ImportError:
        raise MissingExtra("echospan.transformers", ["transformers"], "transformers") from None


class FramingCheck(Reports, TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Check model, data and settings before the first update, and watch the first updates.

    ``transformers.Trainer(..., callbacks=[echospan.transformers.FramingCheck()])``. The model is
    checked with the batches that the trainer makes, by name; labels are the targets, and the loss
    is the model's own. The training is the same as without.

    Args:
        needs_lag: Steps between a value and the answer that needs it; by default, inferred.
        loss: The loss function, where the model does not compute its own.
        stop: Stop the training before its first update if an error is found.
        show: Print the reports.
        **settings: Further arguments of `echospan.check`.

    Attributes:
        report: What was found before training; None before, and where the data can't be read.
        watched: What the first updates showed; None before.

    Example::

        import transformers
        import echospan.transformers

        checking = echospan.transformers.FramingCheck()
        trainer = transformers.Trainer(model, arguments, train_dataset=data, callbacks=[checking])
        trainer.train()
        checking.report.codes
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Check, and begin to watch."""
        optimizer = given.get("optimizer")
        self._check.begin(
            given.get("model"),
            given.get("train_dataloader"),
            # Accelerate wraps it.
            getattr(optimizer, "optimizer", optimizer),
            args.num_train_epochs,
        )

    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Count an update."""
        self._check.updated()

    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Stop watching."""
        self._check.end()


class UsesLog(Logs, TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Measure how far back the model looks every few epochs, by `echospan.uses`.

    ``transformers.Trainer(..., callbacks=[echospan.transformers.UsesLog(ids, every=2)])``. The
    training is the same as without. ``uses`` is added to the log history.

    Args:
        x: Held-out symbols (time,) or (texts, time), or what else `echospan.uses` takes.
        y: Their targets; left out, the next symbols.
        every: Epochs between two measurements.
        show: Print a line for each.
        **settings: Further arguments of `echospan.uses`; 512 windows and 4 donors if left out.

    Attributes:
        reports: Report by epoch, counted from 1; None where the model was at chance or could not be
            measured.
        reasons: Why there is no report, by epoch.

    Example::

        import transformers
        import echospan.transformers

        watch = echospan.transformers.UsesLog(held_out_ids, every=2)
        trainer = transformers.Trainer(model, arguments, train_dataset=data, callbacks=[watch])
        trainer.train()
        watch.reports[2].uses
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Refuse to begin without data."""
        self._require_data()

    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Measure, and add the steps used to the log history."""
        epoch = round(state.epoch or 0)
        if self._log.epoch_ended(given.get("model"), epoch, self._x, self._y):
            report = self.reports[epoch]
            used = None if report is None else report.uses
            state.log_history.append({"epoch": epoch, "step": state.global_step, "uses": used})
