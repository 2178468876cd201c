"""Which rows of the reference table may stand beside a sheet, and that others are said."""

from dataclasses import replace
from importlib import metadata

from echospan.report.figures.reference import against_state
from echospan.report.objects import Comparison, Sheet
from echospan.report.reference_tables import reference_table, said_of
from echospan.results.protocol import ProtocolUse
from echospan.results.reference import ReferenceRow
from echospan.spans.protocol import find_protocol
from echospan.spans.reference import reference_for, row_of, shipped_rows
from report.sheets import full_sheet

STANDARD = find_protocol("standard-1").fingerprint()
HERE = f"echospan {metadata.version('echospan')}"


def measured(**changed: list[object]) -> Sheet:
    use = ProtocolUse("standard-1", 1, STANDARD, not changed, changed)
    return replace(full_sheet(), protocol=use)


def known(**changes: object) -> ReferenceRow:
    row = row_of(
        measured(symbols=[10, 4]), model="gru", source="echospan", asked=1000,
        versions={"echospan": metadata.version("echospan"), "jax": "0.10"}, fingerprint="1",
    )  # fmt: skip
    return replace(row, **changes)  # type: ignore[arg-type]


def test_a_row_says_what_the_sheet_says() -> None:
    row, own = known(), measured()
    assert (row.span, row.span_at_least, row.first_failed) == (
        own.span, own.span_at_least, own.first_failed,
    )  # fmt: skip
    assert row.state_bytes == own.bits_of_state / 8
    assert row.bits_held == round(own.bits_held, 2)
    assert row.standard


def test_rows_of_other_rules_are_left_out_and_counted() -> None:
    rows = [
        known(), known(protocol_fingerprint="other"), known(task="copy"), known(symbols=10),
        known(versions="echospan 0.0.1, jax 0.10"),
    ]  # fmt: skip
    found = reference_for([measured(symbols=[10, 4])], rows)
    assert found.rows == (rows[0],)
    assert found.left_out == {
        "another protocol": 1,
        "another task or number of symbols": 2,
        "another version of echospan": 1,
    }
    assert said_of(found) == [
        f"Measured with {HERE}, jax 0.10.",
        "Left out: 1 row of another protocol, 2 rows of another task or number of symbols, "
        "1 row of another version of echospan.",
    ]


def test_sheets_with_rules_of_their_own_stand_beside_no_row() -> None:
    found = reference_for([measured(seeds=[5, 2])], [known()])
    assert not found.rows
    assert found.left_out == {"sheets that differ from the protocol": 1}
    assert said_of(found)[0].startswith("No row of the reference table")
    unknown = reference_for([replace(measured(), protocol=None)], [known()])
    assert unknown.left_out == {"another protocol": 1}


def test_the_users_models_are_marked_in_table_and_figure() -> None:
    own = replace(measured(symbols=[10, 4]), model="mine")
    found = reference_for([own], [known()])
    table = reference_table(found, [own])
    marked = [row for row in table.rows if not isinstance(row[0], str)]
    assert [(row[0].text, row[1].text) for row in marked] == [("mine", "yours")]
    assert [row[1] for row in table.rows if row not in marked] == ["echospan"]
    (axes,) = against_state(found, [own]).axes
    marks = {line.get_gid(): line.get_ydata()[0] for line in axes.get_lines()}
    assert marks == {"mine": own.span_at_least, "reference": own.span_at_least}
    (empty,) = against_state(reference_for([own], [])).axes
    assert "No model here" in empty.texts[0].get_text()


def test_a_comparison_shows_them_and_goes_through_json() -> None:
    own = replace(measured(symbols=[10, 4]), model="mine")
    made = Comparison((own,), (), (), 1.0, reference=reference_for([own], [known()]))
    assert Comparison.from_dict(made.to_dict()) == made
    assert "yours" in str(made)
    assert "cannot be compared" not in str(made)
    assert len(made._tables()) == 3


def test_the_shipped_table_was_made_by_protocols_of_this_version() -> None:
    rows = shipped_rows()
    assert rows
    assert {(row.protocol, row.protocol_fingerprint) for row in rows} == {("standard-1", STANDARD)}
    assert all(row.standard for row in rows)
    assert len({row.fingerprint for row in rows}) == len(rows)
