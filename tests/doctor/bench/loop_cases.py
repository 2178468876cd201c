"""Cases of hand-written torch loops: optimizers, gradients, modes and evaluation."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from doctor.bench.case import Case
from echospan.doctor import CheckReport

UPDATES = 5
Step = Callable[[Any, Any, Any], None]
"""What one update does with the model, its optimizer and a function that gives the loss."""


def watched(model: Any, body: Callable[[], None]) -> CheckReport:
    import echospan

    with echospan.watch_torch(model) as watch:
        body()
    return watch.report


def network(*parts: Any, width: int = 8) -> Any:
    """A GRU with a readout of its last step; `parts` stand between the two."""
    import torch

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.GRU(1, width, batch_first=True)
            self.parts = torch.nn.Sequential(*parts)
            self.head = torch.nn.Linear(width, 1)

        def forward(self, x: Any, state: Any = None) -> Any:
            outputs, state = self.layer(x, state)
            answers = self.head(self.parts(outputs[:, -1]))
            return answers if state is None or not self.hands_on else (answers, state)

        hands_on = False

    torch.manual_seed(0)
    return Net()


def batches(number: int = UPDATES) -> list[tuple[Any, Any]]:
    import torch

    torch.manual_seed(1)
    x = torch.randn(number, 12, 6, 1)
    return [(each, each[:, 2]) for each in x]


def error_of(model: Any, batch: tuple[Any, Any]) -> Any:
    return (model(batch[0]) - batch[1]).square().mean()


def usual(model: Any, optimizer: Any, loss: Any) -> None:
    optimizer.zero_grad()
    loss().backward()
    optimizer.step()


def updates(step: Step, *, rate: float = 0.01, kind: str = "SGD") -> CheckReport:
    """A loop whose update is `step`."""
    import torch

    model = network()
    optimizer = getattr(torch.optim, kind)(model.parameters(), rate)

    def body() -> None:
        for batch in batches():
            step(model, optimizer, lambda batch=batch: error_of(model, batch))

    return watched(model, body)


def order(code: str, name: str, wrong: Step, right: Step = usual, **settings: Any) -> Case:
    """The order of zero_grad, backward and step."""
    return Case(
        code,
        f"a watched torch loop, {name}",
        lambda: updates(wrong, **settings),
        lambda: updates(right, **settings),
    )


def never_cleared(model: Any, optimizer: Any, loss: Any) -> None:
    loss().backward()
    optimizer.step()


def cleared_once(model: Any, optimizer: Any, loss: Any) -> None:
    if optimizer.state_dict()["state"] == {}:
        optimizer.zero_grad()
    loss().backward()
    optimizer.step()


def two_without(model: Any, optimizer: Any, loss: Any) -> None:
    for _ in range(2):
        (loss() / 2).backward()
    optimizer.step()


def two_with(model: Any, optimizer: Any, loss: Any) -> None:
    two_without(model, optimizer, loss)
    optimizer.zero_grad()


def no_step(model: Any, optimizer: Any, loss: Any) -> None:
    optimizer.zero_grad()
    loss().backward()


def step_not_called(model: Any, optimizer: Any, loss: Any) -> None:
    model.zero_grad()
    loss().backward()
    optimizer.step  # noqa: B018 (the fault: it is not called)


def cleared_before_step(model: Any, optimizer: Any, loss: Any) -> None:
    loss().backward()
    optimizer.zero_grad()
    optimizer.step()


def replaced(name: str, change: Callable[[Any], Any]) -> Case:
    """Parameters that are replaced; the optimizer is built before that, or after it."""

    def run(*, late: bool) -> CheckReport:
        import torch

        model = network()
        optimizer = torch.optim.Adam(model.parameters())
        model = change(model)
        if late:
            optimizer = torch.optim.Adam(model.parameters())

        def body() -> None:
            for batch in batches():
                usual(model, optimizer, lambda batch=batch: error_of(model, batch))

        return watched(model, body)

    return Case(
        "parameters-not-stepped",
        f"a watched torch loop, {name} after the optimizer was built",
        lambda: run(late=False),
        lambda: run(late=True),
    )


def new_head(model: Any) -> Any:
    import torch

    model.head = torch.nn.Linear(8, 1)
    return model


def assigned(model: Any) -> Any:
    state = {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(state, assign=True)
    return model


def new_weight(model: Any) -> Any:
    import torch

    model.head.weight = torch.nn.Parameter(torch.randn(1, 8))
    return model


def epochs(
    model: Any, *, to_train: bool, to_evaluate: bool, inference: bool = False, number: int = 2
) -> CheckReport:
    """Epochs that are followed by an evaluation, with and without the switch of the mode."""
    import torch

    optimizer = torch.optim.Adam(model.parameters())
    without = torch.inference_mode if inference else torch.no_grad

    def body() -> None:
        for _ in range(number):
            if to_train:
                model.train()
            for batch in batches(3):
                usual(model, optimizer, lambda batch=batch: error_of(model, batch))
            if to_evaluate:
                model.eval()
            with without():
                for batch in batches(2):
                    error_of(model, batch).item()

    return watched(model, body)


def modes(name: str, make: Callable[[], Any], *, training: bool = False, **settings: Any) -> Case:
    """A switch of the mode that is left out: of the evaluation, or of the training after it."""
    wrong = {"to_train": not training, "to_evaluate": training}
    return Case(
        "mode-not-switched",
        f"a watched torch loop, {name}",
        lambda: epochs(make(), **wrong, **settings),
        lambda: epochs(make(), to_train=True, to_evaluate=True, **settings),
    )


def dropout() -> Any:
    import torch

    return network(torch.nn.Dropout(0.3))


def batch_norm() -> Any:
    import torch

    return network(torch.nn.BatchNorm1d(8))


def between_layers() -> Any:
    import torch

    model = network()
    model.layer = torch.nn.GRU(1, 8, 2, batch_first=True, dropout=0.2)
    return model


def sessions(name: str, *, steps: int, walk: bool, from_training: bool = False) -> Case:
    """State that goes on over sequences in evaluation, though training starts each anew."""

    def run(*, right: bool) -> CheckReport:
        import torch

        torch.manual_seed(2)
        layer, head = torch.nn.GRUCell(1, 8), torch.nn.Linear(8, 1)
        model = Cell(layer, head)
        optimizer = torch.optim.Adam(model.parameters())
        x = torch.randn(2, 8, 6, 4, 1)
        if walk:
            # Each sequence has a level of its own.
            x = 10 * torch.randn(2, 8, 1, 4, 1) + 0.1 * x.cumsum(2)
        seen = x[0], x[1] if walk else x[0]
        left: list[Any] = [None]

        def body() -> None:
            for sequence in seen[0]:
                state, loss = None, 0.0
                for step in sequence[:steps]:
                    answer, state = model(step, state)
                    loss = loss + (answer - step).square().mean()
                optimizer.zero_grad()
                loss.backward()  # type: ignore[attr-defined]
                optimizer.step()
                left[0] = state.detach()
            state = left[0] if from_training and not right else None
            with torch.no_grad():
                for sequence in seen[1]:
                    if right or from_training:
                        state = state if from_training and not right else None
                    for step in sequence[:steps]:
                        _, state = model(step, state)

        return watched(model, body)

    return Case(
        "state-not-reset",
        f"a watched torch loop, {name}",
        lambda: run(right=False),
        lambda: run(right=True),
        source="GRU4REC-pytorch 7",
    )


def Cell(layer: Any, head: Any) -> Any:  # noqa: N802 (it makes a module)
    import torch

    class Stepwise(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer, self.head = layer, head

        def forward(self, x: Any, state: Any = None) -> Any:
            state = self.layer(x, state)
            return self.head(state), state

    return Stepwise()


def forced(name: str, argument: str, usual_value: Any, wrong: dict[str, Any], right: Any) -> Case:
    """A decoder with teacher forcing, evaluated with it."""

    def run(given: dict[str, Any]) -> CheckReport:
        import torch

        model = decoder(argument, usual_value)
        optimizer = torch.optim.Adam(model.parameters())

        def body() -> None:
            for x, _ in batches():
                usual(model, optimizer, lambda x=x: (model(x, x) - x).square().mean())
            model.eval()
            with torch.no_grad():
                for x, _ in batches(2):
                    model(x, x, **given)

        return watched(model, body)

    return Case(
        "teacher-forcing-in-evaluation",
        f"a watched torch loop, {name}",
        lambda: run(wrong),
        lambda: run({argument: right}),
    )


def decoder(argument: str, value: Any) -> Any:
    """forward(x, y, ARGUMENT=value), a cell that is given y as often as the argument says."""
    import torch

    class Decoder(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = torch.nn.GRU(1, 8, batch_first=True)
            self.cell, self.head = torch.nn.GRUCell(1, 8), torch.nn.Linear(8, 1)

        def decode(self, x: Any, y: Any, share: float) -> Any:
            state, given, answers = self.encoder(x)[1][0], x[:, -1], []
            for step in range(y.shape[1]):
                state = self.cell(given, state)
                answers.append(self.head(state))
                given = y[:, step] if torch.rand(()) < share else answers[-1]
            return torch.stack(answers, 1)

    names: dict[str, Any] = {"value": value}
    exec(f"def forward(self, x, y, {argument}=value): return self.decode(x, y, {argument})", names)
    Decoder.forward = names["forward"]
    torch.manual_seed(0)
    return Decoder()


def available() -> list[Case]:
    """All of them; none where torch is not installed."""
    from importlib.util import find_spec

    if find_spec("torch") is None:
        return []
    clear, missing = "gradients-not-cleared", "step-missing"
    return [
        order(clear, "zero_grad forgotten", never_cleared),
        order(clear, "zero_grad before the first update only", cleared_once, kind="Adam"),
        order(clear, "two batches a step and no zero_grad", two_without, two_with),
        order(missing, "no step", no_step),
        order(missing, "step without its brackets", step_not_called, kind="Adam"),
        order(missing, "zero_grad between backward and step", cleared_before_step),
        replaced("a new head", new_head),
        replaced("a copy of the model", copy.deepcopy),
        replaced("weights assigned in place of the old ones", assigned),
        replaced("a new weight in a layer", new_weight),
        modes("dropout active in evaluation", dropout),
        modes("batch norm in training mode in evaluation", batch_norm, inference=True),
        modes("dropout between recurrent layers active in evaluation", between_layers),
        modes("training goes on in evaluation mode", dropout, training=True),
        sessions("state goes on over known sessions", steps=6, walk=False),
        sessions("state goes on over new sessions", steps=6, walk=True),
        sessions("evaluation starts from the state of training", steps=4, walk=True,
                 from_training=True),
        forced("teacher forcing by default", "teacher_forcing_ratio", 0.5, {}, 0.0),
        forced("teacher forcing given", "teacher_forcing", 1.0, {"teacher_forcing": 1.0}, 0.0),
        forced("teacher forcing as a flag", "use_teacher_forcing", True, {}, False),
    ]  # fmt: skip


CASES = available()
