import pytest

from tools.accidents import sweeps
from tools.accidents.page import PAGE

REPORT = """<testsuites><testsuite>
<testcase name="a"><properties><property name="fault" value="kill"/>
<property name="lost" value="0"/><property name="doubled" value="1"/>
<property name="seconds" value="2.5"/></properties></testcase>
<testcase name="b"><properties><property name="fault" value="kill"/>
<property name="lost" value="2"/><property name="doubled" value="0"/></properties>
<failure message="no"/></testcase>
<testcase name="c"><properties><property name="fault" value="disk"/></properties>
<skipped message="no tmpfs"/></testcase>
<testcase name="d"/>
</testsuite></testsuites>"""


def test_what_a_report_tells_is_summed():
    found = sweeps.read(REPORT)
    assert [name for name, _ in found] == ["kill", "kill"]
    record = sweeps.summed([outcome for _, outcome in found], "2026-11-30")
    assert record == {
        "tried": 2, "failed": 1, "lost": 2, "doubled": 1, "seconds": 2.5, "date": "2026-11-30",
    }  # fmt: skip
    assert "| kill | 2 | 1 | 2 | 1 | 2.5 | 2026-11-30 |" in sweeps.table({"kill": record})


def test_the_page_holds_the_table_that_was_made_last():
    import json

    text = PAGE.read_text("utf-8")
    assert sweeps.page(text, json.loads(sweeps.RECORDS.read_text("utf-8"))) == text
    with pytest.raises(ValueError, match="no lines"):
        sweeps.page("", {})
