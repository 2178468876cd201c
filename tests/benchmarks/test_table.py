from __future__ import annotations

from benchmark_helpers import measured, result
from benchmarks.document import document, tables, write_all
from benchmarks.record import Record
from benchmarks.table import contender_table, growth_table, losses, verdict_table, verdicts


def rows(table: str) -> list[list[str]]:
    lines = table.splitlines()
    assert len({len(line) for line in lines}) == 1
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_a_target_is_judged_by_the_median():
    found = {v.what: v for v in verdicts([result()])}
    against = found["echospan against torch"]
    assert (against.target, against.measured.median, against.reached) == ("4 times faster", 5, True)
    # The products take 0.5 of 1, 2 and 1 s.
    share = found["share of the products' limit"]
    assert (share.measured.median, share.reached) == (0.5, True)


def test_a_target_may_be_a_most():
    def verdict(seconds: float) -> bool:
        own = measured("echospan", [seconds])
        (found,) = verdicts([result("symbols-100000", own, measured("output-products", [1.0]))])
        return found.reached

    assert verdict(2.9)
    assert not verdict(3.1)


def test_a_target_may_be_a_time():
    sides = measured("echospan", [3.0]), measured("keras-tensorflow", [60.0])
    found = {v.target: v.reached for v in verdicts([result("process", *sides)])}
    assert found == {"25 times faster": False, "under 4 s": True}


def test_the_table_of_targets_says_no_where_one_is_missed():
    slow = result("gru-10k", measured("echospan", [1.0]), measured("torch", [2.0]))
    (_, _, row) = rows(verdict_table([slow]))
    assert row[-1] == "**no**"


def test_every_contender_has_a_row():
    head, _, ours, theirs = rows(contender_table([result()]))
    assert ours[:4] == ["echo-10k", "echospan", "1,000 [1,000, 2,000] ms", "1"]
    assert theirs[3] == "5.0 [4.0, 6.0]"
    assert dict(zip(head, ours, strict=True))["share of limit"] == "0.50"


def test_a_contender_that_failed_is_not_measured_and_says_why():
    broken = measured("torch", [], failure="needs torch")
    found = result("echo-10k", measured("echospan", [1.0]), broken)
    assert rows(contender_table([found]))[-1][2] == "not measured"
    text = tables(Record({**MACHINE}), [found])
    assert "echo-10k: torch was not measured: needs torch" in text


def test_a_loss_that_falls_otherwise_is_marked():
    own = measured("echospan", [1.0])
    lazy = measured("torch", [1.0], losses=[(10, 2.0), (10, 1.9)])
    found = result("echo-10k", own, lazy)
    assert losses(found, own) == "1.00 at 20"
    assert losses(found, lazy) == "1.90 / 1.00 at 20 (!)"
    alike = measured("torch", [1.0], losses=[(10, 2.0), (10, 1.1)])
    assert losses(result("echo-10k", own, alike), alike) == "1.10 / 1.00 at 20"


def test_growth_is_in_the_order_of_the_axis():
    points = [
        result(job, measured("echospan", [seconds]), measured("torch", [2 * seconds]))
        for job, seconds in (("length-1000", 10.0), ("length-25", 0.1), ("echo-10k", 1.0))
    ]
    assert rows(growth_table("length", points))[2:] == [
        ["25", "100", "200"],
        ["100", "1e+03", "2e+03"],
        ["1,000", "1e+04", "2e+04"],
    ]


MACHINE = {
    "cpu": "a processor",
    "cores": 2,
    "pinned": True,
    "memory_gib": 8.0,
    "system": "Linux",
    "libc": None,
    "python": "3.11",
    "load_average": [0.1, 0.2, 0.3],
}


def test_the_document_names_the_machine_and_shows_its_figures(tmp_path):
    points = [
        result(),
        result("length-25", measured("echospan", [0.1]), measured("torch", [0.2])),
    ]
    path = write_all(tmp_path, Record(MACHINE), points)
    text = path.read_text()
    assert "a processor, 2 cores, 8.0 GiB, Linux, Python 3.11. Load average" in text
    assert "library 1.0" in text
    shown = {f"figures/{each.name}" for each in (tmp_path / "figures").iterdir()}
    assert shown == {"figures/ratios.png", "figures/length.png"}
    assert all(f"({name})" in text for name in shown)


def test_a_document_of_one_job_has_no_figure_of_growth():
    text = document(Record(MACHINE), [result()], [])
    assert "### Length" not in text
