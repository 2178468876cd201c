"""What a sweep's file and the command line may ask Slurm for."""

from __future__ import annotations

import pytest

from echospan.errors import ConfigError
from echospan.sweeps.executors.slurm_options import SlurmOptions, minutes


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (90, 90),
        ("90", 90),
        ("02:30:00", 150),
        ("10:30", 11),
        ("1-12", 36 * 60),
        ("1-00:30", 24 * 60 + 30),
        ("2-01:00:01", 49 * 60 + 1),
    ],
)
def test_times_are_those_of_sbatch(given: object, expected: int) -> None:
    assert minutes(given) == expected


@pytest.mark.parametrize("given", [0, 1, "1", "0:30", "-5", "", "ten", True, 1.5, None, "1:2:3:4"])
def test_times_that_are_none_are_refused(given: object) -> None:
    with pytest.raises(ConfigError, match=r"executor\.slurm\.time must be a number of minutes"):
        minutes(given)


def test_text_of_the_command_line_and_values_of_a_file_say_the_same() -> None:
    typed = SlurmOptions.read({"partition": "a,b", "time": "30", "cpus_per_task": "4"})
    written = SlurmOptions.read({"partition": "a,b", "time": 30, "cpus_per_task": 4})
    assert typed == written


def test_what_is_left_out_is_not_asked_for() -> None:
    asked = SlurmOptions.read({}).sbatch()
    assert "partition" not in asked
    assert "gpus_per_node" not in asked
    assert (asked["time"], asked["cpus_per_task"]) == (60, 1)
    assert asked["additional_parameters"]["no-requeue"] is True


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"partiton": "a"}, "Did you mean 'partition'"),
        ({"partition": "a\n#SBATCH --uid=0"}, "text on one line"),
        ({"partition": ""}, "text on one line"),
        ({"cpus_per_task": "none"}, "an integer of at least 1"),
        ({"cpus_per_task": 0}, "an integer of at least 1"),
        ({"gpus_per_node": 0.5}, "an integer of at least 1"),
        ({"setup": [1]}, "a line of shell or a list of lines"),
    ],
)
def test_others_are_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        SlurmOptions.read(options)
