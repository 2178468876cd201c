"""Who competes: one row each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from echospan.errors import ConfigError


@dataclass(frozen=True)
class Contender:
    """One side of a comparison.

    Attributes:
        key: What the command line calls it.
        name: What tables and figures call it.
        program: Its module, in `benchmarks` or in `benchmarks.peers`.
        environment: The environment it runs in; empty for echospan's own.
        needs: Modules that a Python must have to run it.
        variables: Added to its process's environment.
        options: Told to the program when it starts.
    """

    key: str
    name: str
    program: str
    environment: str = ""
    needs: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ours(self) -> bool:
        """Whether it is echospan itself."""
        return self.program == "ours"


OURS, IN_JAX, ONE_BY_ONE = "echospan", "echospan-jax", "one-by-one"


def _fit(backend: str, name: str, environment: str = "") -> Contender:
    # TensorFlow logs its start-up otherwise.
    variables = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    needs = ("keras", backend)
    return Contender(
        f"keras-{backend}", f"Keras fit on {name}", "keras_fit", environment, needs, variables
    )


CONTENDERS: dict[str, Contender] = {
    each.key: each
    for each in (
        Contender(OURS, "echospan", "ours"),
        Contender(
            IN_JAX,
            "echospan, kernels in JAX alone",
            "ours",
            variables={"ECHOSPAN_KERNELS": "jax"},
        ),
        Contender(
            ONE_BY_ONE,
            "echospan, one run after another",
            "ours",
            options={"fleet": "one by one"},
        ),
        Contender("torch", "PyTorch loop", "torch_loop", "torch", ("torch",)),
        Contender(
            "torch-compile",
            "PyTorch loop, torch.compile",
            "torch_loop",
            "torch",
            ("torch",),
            options={"compile": True},
        ),
        Contender("flax", "Flax under jit", "flax_jit", "flax", ("flax", "optax", "jax")),
        _fit("jax", "JAX"),
        _fit("tensorflow", "TensorFlow", "tensorflow"),
        _fit("torch", "torch", "torch"),
    )
}


def choose(keys: Iterable[str] | None) -> list[Contender]:
    """The peers with these keys; None for all. Other ways to run echospan are among them.

    Raises:
        ConfigError: There is no such peer.
    """
    peers = [each for each in CONTENDERS.values() if each.key != OURS]
    if keys is None:
        return peers
    known = {each.key: each for each in peers}
    wanted = list(keys)
    for key in wanted:
        if key not in known:
            raise ConfigError("--peers", f"made of {', '.join(known)}", key)
    return [known[key] for key in known if key in wanted]
