"""A Slurm of two nodes on this machine, from the system's own packages, for tests.

All of it lies in a folder of its own and listens on free ports: a Slurm that the machine already
has is not touched. Needs munged, slurmctld and slurmd (Debian: slurm-wlm, munge).
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from sweeps.clusters.keeper import (
    Keeper,
    NoCluster,
    adopt,
    descendants,
    kept,
    kill_all,
    serve,
    until,
)

NODES = ("n1", "n2")
PROGRAMS = ("munged", "slurmctld", "slurmd", "sinfo", "sbatch", "squeue", "scancel", "srun")

CONFIGURATION = """\
ClusterName=echospan-tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SchedulerParameters=batch_sched_delay=1,sched_interval=1
# A node that was killed is noticed within seconds.
SlurmdTimeout=4
MessageTimeout=4
TCPTimeout=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=1 RealMemory={memory}
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=1 RealMemory={memory}
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


@dataclass(frozen=True)
class Slurm:
    """A running Slurm.

    Attributes:
        environment: What Slurm's commands, and what calls them, need in their environment.
    """

    keeper: Keeper

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": self.keeper.told["configuration"]}

    def call(self, *command: str) -> str:
        """What one of Slurm's commands prints."""
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    def jobs(self) -> list[str]:
        """Node of each job that runs."""
        return self.call("squeue", "-h", "-t", "running", "-o", "%N").split()

    def kill(self, node: str) -> None:
        """Kill a node and all that runs on it."""
        self.keeper.kill(node)


@contextmanager
def slurm_cluster() -> Iterator[Slurm]:
    """A Slurm of the nodes n1 and n2, with one core each.

    Raises:
        NoCluster: It can't be had here.
    """
    missing = [name for name in PROGRAMS if _program(name) is None]
    if missing:
        raise NoCluster(f"no {', '.join(missing)} here: run tools/debian.sh as root")
    with kept("sweeps.clusters.slurm") as keeper:
        yield Slurm(keeper)


def _program(name: str) -> str | None:
    # Daemons are in sbin, which users' paths leave out.
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


class _Daemons:
    """The keeper's end: munged, slurmctld and one slurmd a node, all in its own process group."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.configuration = folder / "slurm.conf"
        self._log = (folder / "daemons.log").open("w")
        self._all: dict[str, subprocess.Popen[bytes]] = {}
        os.environ["SLURM_CONF"] = str(self.configuration)

    def start(self) -> None:
        key, host = self.folder / "munge.key", socket.gethostname().split(".")[0]
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        (self.folder / "state").mkdir()
        memory = psutil.virtual_memory().total // 2**20 // 3
        text = CONFIGURATION.format(
            host=host,
            ports=_free_ports(3),
            user=getpass.getuser(),
            folder=self.folder,
            memory=memory,
        )
        self.configuration.write_text(text)
        files = {"key-file": key, "socket": "munge.sock", "pid-file": "munged.pid"}
        files |= {"log-file": "munged.log", "seed-file": "munged.seed"}
        self._run("munged", "--foreground", *(f"--{k}={self.folder / v}" for k, v in files.items()))
        until((self.folder / "munge.sock").exists, "munged")
        self._run("slurmctld", "-D")
        for node in NODES:
            (self.folder / f"spool-{node}").mkdir()
            self._run("slurmd", "-D", "-N", node, name=node)
        until(self._idle, "slurmd")

    def kill(self, node: str) -> None:
        kill_all([psutil.Process(self._all.pop(node).pid), *self._jobs_on(node)])

    def _jobs_on(self, node: str) -> list[psutil.Process]:
        jobs = descendants(SLURMD_NODENAME=node)
        steps = []
        for job in jobs:
            with suppress(psutil.Error):
                # Its parent is the step's own process, which outlives the node's daemon.
                steps += [each for each in job.parents() if each.name().startswith("slurmstepd")]
        return [*steps, *jobs]

    def _run(self, program: str, *arguments: str, name: str = "") -> None:
        path = _program(program)
        assert path is not None
        process = subprocess.Popen([path, *arguments], stdout=self._log, stderr=self._log)
        self._all[name or program] = process

    def _idle(self) -> bool:
        for name, process in self._all.items():
            if process.poll() is not None:
                raise NoCluster(f"{name} ended: {Path(self._log.name).read_text()[-1500:]}")
        told = subprocess.run(
            ["sinfo", "-h", "-N", "-o", "%t"], capture_output=True, text=True, check=False
        )
        return told.stdout.split() == ["idle"] * len(NODES)


def _free_ports(number: int) -> list[int]:
    sockets = [socket.socket() for _ in range(number)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _main(folder: Path) -> None:
    adopt()
    daemons = _Daemons(folder)
    try:
        daemons.start()
        serve(folder, {"configuration": str(daemons.configuration)}, daemons.kill)
    finally:
        kill_all(descendants())


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
