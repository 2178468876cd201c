"""`echospan.watch_torch`: look at the first updates of a hand-written torch loop."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any

from echospan.adapters.adapt import framework_of
from echospan.adapters.torch.recording import Recording
from echospan.arguments import readable, validated, whole
from echospan.doctor.finding import in_order
from echospan.doctor.loop import loop_findings
from echospan.doctor.loop_evaluation import evaluation_findings
from echospan.doctor.loop_losses import loop_loss_findings
from echospan.doctor.loop_steps import step_findings
from echospan.doctor.versions import versions
from echospan.errors import ConfigError
from echospan.report.objects import CheckReport
from echospan.results.check_report import Finding, Needs


class Watch:
    """A context around a training loop; afterwards `report` holds what was found.

    The loop runs as it would without: nothing of the module or the random
    generators is touched, and an error of the loop's own goes on to the user after it was read.
    """

    def __init__(
        self,
        model: Any,
        needs_lag: int | None,
        timesteps: int,
        updates: int,
    ) -> None:
        self._model, self._timesteps = model, timesteps
        self._recording = Recording(model, updates)
        self._needs_lag = needs_lag
        self._report: CheckReport | None = None
        self._began = 0.0

    def __enter__(self) -> Watch:
        self._began = time.perf_counter()
        self._recording.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._recording.close()
        updates = self._recording.updates
        steps, evaluating = self._recording.stepping.found, self._recording.evaluating
        findings = loop_findings(updates, error, self._needs_lag, self._timesteps)
        skipped = ["What happens inside a call, and the data. echospan.check examines those."]
        try:
            findings += self._others()
        except Exception as failure:
            # The user's own error, if there is one, must not be hidden by one of ours.
            said = " ".join(f"{type(failure).__name__}: {failure}".split())[:200]
            skipped.append(f"steps and evaluations ({said})")
        lag = self._needs_lag
        declared = f"{lag}, as declared"
        calls = sum(len(update.calls) for update in updates)
        self._report = CheckReport(
            findings=in_order(findings),
            needs_lag=Needs(lag, "declared", declared)
            if lag is not None
            else Needs(None, "unknown"),
            looked=(
                f"{len(updates):,} updates, {calls:,} calls of the module",
                f"{steps.steps + steps.others:,} optimizer steps, {evaluating.count:,} calls "
                "without gradients",
            ),
            skipped=tuple(skipped),
            versions={**versions(), "backend": "torch"},
            seconds=time.perf_counter() - self._began,
        )

    def _others(self) -> list[Finding]:
        """What losses, steps and evaluations show."""
        seen = self._recording
        shapes = {name: tuple(p.shape) for name, p in self._model.named_parameters()}
        evaluating = seen.evaluating
        return [
            *loop_loss_findings(seen.comparing.calls),
            *step_findings(seen.stepping.found, shapes),
            *evaluation_findings(evaluating.phases, evaluating.training, seen.updates, seen.passes),
        ]

    @property
    def report(self) -> CheckReport:
        """What was found.

        Raises:
            ConfigError: The context is still open, or was never entered.
        """
        if self._report is None:
            raise ConfigError(
                "watch", "closed before its report is read", "open", "Read it after the with block."
            )
        return self._report


@validated(model=readable, needs_lag=whole(0), timesteps=whole(1), updates=whole(2))
def watch_torch(
    model: Any,
    *,
    needs_lag: int | None = None,
    timesteps: int = 1,
    updates: int = 4,
) -> Watch:
    """Watch a hand-written training loop: its first updates, its steps and its evaluations.

    ::

        with echospan.watch_torch(model) as watch:
            for x, y in batches:
                ...
        print(watch.report)

    Args:
        model: The module that the loop calls.
        needs_lag: Time steps between a value and the answer that needs it, if you know.
        timesteps: Time steps that one call of the model sees.
        updates: Number of updates to record, each up to a backward pass; the loop may run longer.
            Calls without gradients, as in an evaluation, are watched until the end.

    Raises:
        ConfigError: The model is not a module, or a number is too small.

    Example:
        >>> import torch
        >>> class Last(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.memory = torch.nn.GRU(1, 4, batch_first=True)
        ...         self.readout = torch.nn.Linear(4, 1)
        ...
        ...     def forward(self, x):
        ...         return self.readout(self.memory(x)[0][:, -1])
        >>> model = Last()
        >>> optimizer = torch.optim.Adam(model.parameters())
        >>> with echospan.watch_torch(model, timesteps=5) as watch:
        ...     for _ in range(4):
        ...         x = torch.randn(8, 5, 1)
        ...         loss = ((model(x) - x[:, 0]) ** 2).mean()
        ...         optimizer.zero_grad()
        ...         _ = loss.backward()
        ...         _ = optimizer.step()
        >>> watch.report.ok
        True
    """
    if not _is_module(model):
        raise ConfigError("model", "a torch.nn.Module", type(model).__name__)
    return Watch(model, needs_lag, timesteps, updates)


def _is_module(model: object) -> bool:
    try:
        return framework_of(model) == "torch"
    except ConfigError:
        return False
