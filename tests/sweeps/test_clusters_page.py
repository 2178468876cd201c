"""The files that docs/clusters.md shows: they parse, and the driver's job is really submitted."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from echospan.cli.sweep import sweep as command
from echospan.store import Store
from echospan.sweeps.executors.ray_options import RayOptions
from echospan.sweeps.executors.slurm_options import SlurmOptions
from echospan.sweeps.plan import read_plan
from sweeps.clusters.driving import finished

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "clusters"
SECONDS = 240.0


def test_the_page_shows_each_file() -> None:
    page = (ROOT / "docs" / "clusters.md").read_text("utf-8")
    shown = {
        line.split()[-1] for line in page.splitlines() if line.startswith("```{literalinclude}")
    }
    assert shown == {f"../examples/clusters/{file.name}" for file in EXAMPLES.iterdir()}


def test_the_sweep_can_be_done() -> None:
    pytest.importorskip("jax")
    pytest.importorskip("safetensors")
    made = read_plan(EXAMPLES / "sweep.toml")
    assert made.check() == 45
    assert SlurmOptions.read(made.options["slurm"]).partition == "main"
    assert RayOptions.read({"address": "head:6379", **made.options["ray"]}).cpus_per_task == 1


def test_the_script_parses() -> None:
    subprocess.run(["bash", "-n", str(EXAMPLES / "driver.sbatch")], check=True)


def test_the_ray_job_parses_and_its_parts_fit() -> None:
    yaml = pytest.importorskip("yaml")
    claim, job = yaml.safe_load_all((EXAMPLES / "rayjob.yaml").read_text("utf-8"))
    cluster = job["spec"]["rayClusterSpec"]
    pods = [cluster["headGroupSpec"], *cluster["workerGroupSpecs"]]
    for pod in (pod["template"]["spec"] for pod in pods):
        volumes = {each["name"]: each for each in pod["volumes"]}
        assert volumes["store"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
        (container,) = pod["containers"]
        places = {each["mountPath"] for each in container["volumeMounts"]}
        assert {each["name"] for each in container["volumeMounts"]} == set(volumes)
        # What the driver is told lies on a volume that every pod has.
        program, verb, file, *options = shlex.split(job["spec"]["entrypoint"])
        assert (program, verb) == ("echospan", command.__name__)
        given = dict(zip(options[::2], options[1::2], strict=True))
        assert given.keys() == {"--executor", "--store"}
        assert {str(Path(file).parent), str(Path(given["--store"]).parent)} <= places
    assert f"rayproject/ray:{cluster['rayVersion']}-" in (EXAMPLES / "Dockerfile.ray").read_text()


CONTENT = """
recipe = "window"

[task]
symbols = 5
length = 10

[framing]
window = 3

[model]
units = 12

[training]
epochs = 12_000
batch_size = 7

[sweep]
seed = [0, 1, 2]

[executor.slurm]
partition = "main"
time = 10
"""


@pytest.mark.slow
def test_the_drivers_job_ends_in_time_and_goes_on_when_it_is_submitted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("jax")
    pytest.importorskip("submitit")
    from sweeps.clusters.keeper import NoCluster
    from sweeps.clusters.slurm import slurm_cluster

    shutil.copy(EXAMPLES / "driver.sbatch", tmp_path)
    (tmp_path / "sweep.toml").write_text(CONTENT)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").write_text(
        f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n"
        f"export PYTHONPATH={shlex.quote(str(ROOT / 'src'))}\n"
    )
    store = tmp_path / "echospan-runs"
    # Where it is submitted, as the script says.
    monkeypatch.chdir(tmp_path)
    try:
        with slurm_cluster() as slurm:

            def submitted() -> tuple[str, Path]:
                told = slurm.call("sbatch", "--parsable", "--mem=0", "driver.sbatch", "sweep.toml")
                job = told.strip()
                return job, tmp_path / f"slurm-{job}.out"

            def over(job: str) -> bool:
                return job not in slurm.call("squeue", "-h", "-o", "%A").split()

            job, log = submitted()
            until(lambda: any(store.glob("runs/*/environment.json")) or over(job), log)
            assert not over(job), log.read_text()
            assert finished(store) < 3
            # As Slurm does two minutes before the time ends.
            slurm.call("scancel", "--batch", "--signal=USR1", job)
            until(lambda: over(job), log)
            assert "The same command goes on." in log.read_text()
            with Store(store, create=False) as opened:
                states = {run.state for run in opened.list()}
            assert "running" not in states
            assert "interrupted" in states
            job, log = submitted()
            until(lambda: over(job), log)
            assert "3 of 3 units finished" in log.read_text()
    except NoCluster as reason:
        pytest.skip(str(reason))


def until(condition: Callable[[], Any], log: Path) -> None:
    """Wait for something that the driver's job does."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, log.read_text() if log.exists() else "it did not start"
        time.sleep(0.2)
