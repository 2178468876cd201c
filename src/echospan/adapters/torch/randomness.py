"""What in a torch module draws random numbers, and the line at which it does."""

from __future__ import annotations

import sys
from typing import Any

from echospan.adapters.facts import Drawn

GENERATORS = {
    "torch": "torch's generator",
    "numpy": "NumPy's global generator",
    "python": "Python's module random",
}
OTHER = "something that no seed fixes (a generator of its own, or the clock)"

DRAWS = frozenset(
    {
        *("rand", "randn", "randint", "randperm", "rand_like", "randn_like", "randint_like"),
        *("normal", "bernoulli", "multinomial", "poisson", "normal_", "uniform_", "bernoulli_"),
        *("random_", "exponential_", "log_normal_", "cauchy_", "geometric_", "gumbel_softmax"),
        *("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"),
        *("feature_dropout", "feature_alpha_dropout", "rrelu", "xavier_uniform_"),
        *("xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "orthogonal_"),
    }
)
"""Functions of torch that draw."""


def recorder() -> Any:
    """A mode that notes the first call of a function that draws, as (name, "file:line")."""
    from torch.overrides import TorchFunctionMode

    class Recorder(TorchFunctionMode):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.found: list[tuple[str, str]] = []

        def __torch_function__(
            self, function: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            name = getattr(function, "__name__", "")
            if name in DRAWS:
                self.found.append((name, user_line()))
            return function(*args, **(kwargs or {}))

    return Recorder()


def described(source: str, change: float, calls: list[tuple[str, str]]) -> Drawn:
    """What draws, with the line that mends it."""
    if source == "torch" and calls:
        # Before others the function that the user's own code calls.
        name, where = calls[0]
        if "dropout" in name:
            return Drawn(
                f"torch.nn.functional.{name}",
                change,
                where,
                f"x = torch.nn.functional.{name}(x, p, training=self.training)",
            )
        return Drawn(
            f"torch.{name}",
            change,
            where,
            "h = torch.zeros(layers, len(x), units)  # not torch.randn; the same for the cell",
        )
    return Drawn(
        GENERATORS.get(source, OTHER),
        change,
        "",
        "if self.training:  # draw nothing in evaluation mode\n    x = noisy(x)",
    )


def user_line() -> str:
    """The nearest line outside torch and echospan."""
    frame: Any = sys._getframe(2)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if not name.startswith(("torch.", "echospan.")) and name != "torch":
            return f"{frame.f_code.co_filename.rsplit('/', 1)[-1]}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
