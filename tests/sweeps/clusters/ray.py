"""A Ray cluster of two nodes as processes of this machine, for tests. Needs the package ray."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sweeps.clusters.keeper import Keeper, NoCluster, adopt, descendants, kept, kill_all, serve

# Ray would put the address of a network in the place of 127.0.0.1, which is to stay out of this.
ADDRESS = "127.0.0.2"

# Small, since nothing large is sent.
STORE_BYTES = 100 * 2**20
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_DISABLE_DOCKER_CPU_WARNING": "1",
    # A node that was killed is noticed within seconds.
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "3",
    # Other tests fill this machine's memory; no task here is large.
    "RAY_memory_monitor_refresh_ms": "0",
    # Ray lowers the priority of its workers: beside other programs they would hardly run.
    "RAY_worker_niceness": "0",
}


@dataclass(frozen=True)
class Ray:
    """A running Ray cluster.

    Attributes:
        address: What drivers are told.
        environment: What a driver needs in its environment.
    """

    keeper: Keeper

    @property
    def address(self) -> str:
        return str(self.keeper.told["address"])

    @property
    def environment(self) -> dict[str, str]:
        return QUIET

    def kill(self, node: str) -> None:
        """Kill the node n2, its workers and their tasks. The head, n1, holds the driver."""
        self.keeper.kill(node)


@contextmanager
def ray_cluster() -> Iterator[Ray]:
    """A Ray cluster of a head and another node, with one core each.

    Raises:
        NoCluster: It can't be had here.
    """
    if find_spec("ray") is None:
        raise NoCluster("the package ray is not installed")
    with kept("sweeps.clusters.ray") as keeper:
        yield Ray(keeper)


def _main(folder: Path) -> None:
    os.environ.update(QUIET)
    # Ray writes the address of the cluster that it started last there, for `ray.init("auto")`.
    os.environ["RAY_TMPDIR"] = str(folder)
    (folder / "ray").mkdir()
    adopt()
    try:
        from ray.cluster_utils import Cluster

        settings: dict[str, Any] = {"num_cpus": 1, "object_store_memory": STORE_BYTES}
        settings |= {"node_ip_address": ADDRESS, "include_dashboard": False}
        cluster = Cluster(
            initialize_head=True, head_node_args={**settings, "temp_dir": str(folder)}
        )
        second = cluster.add_node(**settings)

        def kill(node: str) -> None:
            assert node == "n2"
            cluster.remove_node(second, allow_graceful=False)

        serve(folder, {"address": cluster.address}, kill)
    finally:
        kill_all(descendants())


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
