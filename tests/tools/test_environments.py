"""The table of environments, its jobs, and the page that is made of what came out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools.environments import build, jobs, page, records
from tools.environments.jobs import JOBS, Ended, Job, run
from tools.environments.table import ROOT, Environment, environments, lower_ends, project

PROJECT = {
    "dependencies": ["numpy>=1.26", "rich>=14,<16"],
    "optional-dependencies": {
        "jax": ["jax>=0.10,<0.13", "numpy>=2"],
        "all": ["echospan[jax,figures]"],
        "figures": ["matplotlib >= 3.10"],
        "test": ["pytest>=8"],
    },
}


def test_every_job_of_the_table_is_there_and_its_tests_are():
    for each in environments():
        assert {*each.jobs, *each.ci} <= set(JOBS)
        assert each.jobs
    folders = [part for job in JOBS.values() for part in job.arguments if part[:6] == "tests/"]
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_lower_ends_follow_extras_and_leave_the_tests_out():
    assert lower_ends(PROJECT, ["figures", "test"]) == [
        "matplotlib==3.10",
        "numpy==1.26",
        "rich==14",
    ]


def test_of_two_ranges_for_one_package_the_higher_end_counts():
    assert lower_ends(PROJECT, ["all"]) == [
        "jax==0.10",
        "matplotlib==3.10",
        "numpy==2",
        "rich==14",
    ]


def test_each_dependency_has_a_lower_end():
    needs = project()["dependencies"]
    assert len(lower_ends(project(), [])) == len(needs)


def test_a_job_tells_how_it_ended(tmp_path):
    log = tmp_path / "logs" / "job.log"
    good = run(Job("", ("-c", "print('first'); print('last')")), Path(sys.executable), log)
    assert (good.passed, good.said) == (True, "last")
    bad = run(Job("", ("-c", "import sys; sys.exit('no')")), Path(sys.executable), log)
    assert (bad.passed, bad.said) == (False, "exit code 1: no")


def test_what_passed_is_not_run_again_until_the_code_changes(tmp_path):
    record = records.Record()
    record.add("run", Ended(True, "fine", 1.26, 2.0, True), "a")
    record.add("list", Ended(False, "not", 1.0, 1.0, True), "a")
    assert record.has("run", "a")
    assert not record.has("run", "b")
    assert not record.has("list", "a")
    kept = {"one": record}
    records.save(kept, ["one"], tmp_path / "records.json")
    assert records.load(tmp_path / "records.json") == kept


def test_an_interpreter_that_is_not_there_is_told():
    with pytest.raises(build.CannotMake, match=r"No Python 3\.99"):
        build.interpreter("3.99")
    this = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert build.interpreter(this).exists()


def test_the_page_says_what_passed_failed_and_was_not_run():
    record = records.Record({"python": "3.12.1"})
    record.add("run", Ended(True, "a | b", 1234.0, 2.0, True), "a")
    record.add("list", Ended(False, "no", 4321.0, 2.0, False), "a")
    shown = page.page(
        [Environment("one", "3.12", "", jobs=("run", "list", "quick"))], {"one": record}
    )
    rows = [line for line in shown.splitlines() if line.startswith("| one | ")]
    assert [line.split(" | ")[2] for line in rows[1:]] == [
        "passed",
        "**failed**",
        "not run",
    ]
    assert "a \\| b" in shown
    assert "1,234" in shown
    assert "4,321" not in shown


def test_times_beside_other_processes_are_no_measurements(monkeypatch):
    now = {"clock": 0.0, "own": 0.0, "all": 0.0}
    monkeypatch.setattr(jobs.time, "monotonic", lambda: now["clock"])
    monkeypatch.setattr(jobs, "_children", lambda: now["own"])
    monkeypatch.setattr(jobs, "_everyone", lambda: now["all"])
    for others, alone in ((0.5, True), (5.0, False)):
        clock = jobs.Clock()
        for name, seconds in {"clock": 10.0, "own": 8.0, "all": 8.0 + others}.items():
            now[name] += seconds
        ended = clock.ended(True, "")
        assert (ended.seconds, ended.cpu_seconds, ended.alone) == (10.0, 8.0, alone)


def test_the_committed_page_is_what_the_records_say():
    shown = page.page(environments(), records.load())
    assert page.PAGE.read_text("utf-8") == shown
