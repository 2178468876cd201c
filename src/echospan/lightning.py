"""Callbacks of Lightning's trainer: the check, and how far back the model looks.

Importing this module imports Lightning.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from echospan.doctor.training_check import Reports
from echospan.errors import MissingExtra
from echospan.usage.training_log import Logs

if TYPE_CHECKING:
    Callback = Any
elif "pytorch_lightning" in sys.modules and "lightning" not in sys.modules:
    # The same library under its earlier name; the two have classes of their own.
    from pytorch_lightning import Callback
else:
    try:
        from lightning.pytorch import Callback
    except ImportError:
        try:
            from pytorch_lightning import Callback
        except ImportError:
            raise MissingExtra("echospan.lightning", ["lightning"], "lightning") from None


class FramingCheck(Reports, Callback):  # type: ignore[misc, unused-ignore]
    """Check model, data and settings before the first update, and watch the first updates.

    ``lightning.Trainer(callbacks=[echospan.lightning.FramingCheck(loss=loss)])``. The module's
    `forward` is checked with the batches of the loader that trains it. The training is the same as
    without: weights, random numbers and loaders are left as they are.

    Args:
        needs_lag: Steps between a value and the answer that needs it; by default, inferred.
        loss: The loss function ``loss(outputs, targets)`` that `training_step` computes.
        stop: Stop the training before its first update if an error is found.
        show: Print the reports.
        **settings: Further arguments of `echospan.check`, such as ``batch_first=False``.

    Attributes:
        report: What was found before training; None before, and where the data can't be read.
        watched: What the first updates showed; None before.

    Example::

        import lightning
        import echospan.lightning

        checking = echospan.lightning.FramingCheck(loss=torch.nn.MSELoss())
        trainer = lightning.Trainer(max_epochs=3, callbacks=[checking])
        trainer.fit(module, loader)
        checking.report.codes
    """

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Check, and begin to watch."""
        optimizers = list(trainer.optimizers)
        self._check.begin(
            pl_module,
            trainer.train_dataloader,
            optimizers[0] if len(optimizers) == 1 else None,
            trainer.max_epochs,
        )

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any, **__: Any) -> None:
        """Count an update."""
        self._check.updated()

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Stop watching."""
        self._check.end()

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Stop watching, and read what the training failed with."""
        self._check.end(exception)


class UsesLog(Logs, Callback):  # type: ignore[misc, unused-ignore]
    """Measure how far back the module looks every few epochs, by `echospan.uses`.

    ``lightning.Trainer(callbacks=[echospan.lightning.UsesLog(x, y, loss=loss, every=5)])``. The
    module's `forward` is measured. The training is the same as without. ``uses`` is logged.

    Args:
        x: Held-out inputs, as `echospan.uses` takes them.
        y: Their targets.
        every: Epochs between two measurements.
        show: Print a line for each.
        **settings: Further arguments of `echospan.uses`, such as ``loss``; 512 windows and 4 donors
            if left out.

    Attributes:
        reports: Report by epoch, counted from 1; None where the module was at chance or could not
            be measured.
        reasons: Why there is no report, by epoch.

    Example::

        import lightning
        import echospan.lightning

        watch = echospan.lightning.UsesLog(x, y, loss=torch.nn.MSELoss(), every=5)
        trainer = lightning.Trainer(max_epochs=20, callbacks=[watch])
        trainer.fit(module, loader)
        watch.reports[20].uses
    """

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Refuse to begin without data."""
        self._require_data()

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Measure, and log the steps used."""
        if self._log.epoch_ended(pl_module, trainer.current_epoch + 1, self._x, self._y):
            pl_module.log("uses", self._log.last)
