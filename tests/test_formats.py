from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echospan.errors import DataError
from echospan.formats import read_json, read_toml, write_toml


def test_toml():
    assert read_toml("a = 1\n[b]\nc = 'd'\n", "x.toml") == {"a": 1, "b": {"c": "d"}}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("seed = 1\nlag == 2\n", "line 2, column 6"),
        ("a = 1\na = 2\n", "line 2, column 6"),
        ("[task\n", "line 1, column 6"),
        ("seed =", "line 1, column 7, the end of the document"),
        ("seed = 1\n[task]\nlag = [1,\n", "line 4, column 1, the end of the document"),
        ('name = "open', "line 1, column 13, the end of the document"),
    ],
)
def test_a_toml_mistake_has_line_and_column(text, place):
    with pytest.raises(DataError) as caught:
        read_toml(text, "mine.toml")
    message = str(caught.value)
    assert message.startswith("mine.toml is not valid TOML: ")
    assert f"(at {place})" in message
    assert "\n" not in message


def test_a_json_mistake_has_line_and_column():
    with pytest.raises(DataError, match=r"x is not valid JSON: .* \(at line 2, column 8\)"):
        read_json('{"a": 1,\n  "b": }', "x")


@pytest.mark.parametrize(("text", "found"), [("[1]", "list"), ("3", "int"), ("null", "NoneType")])
def test_json_must_be_an_object(text, found):
    with pytest.raises(DataError, match=f"x must hold one JSON object; it holds {found}"):
        read_json(text, "x")


@pytest.mark.parametrize("read", [read_toml, read_json])
@pytest.mark.parametrize("value", ["[" * 100_000, "9" * 5000])
def test_text_made_to_break_a_parser_is_an_error_like_any_other(read, value):
    text = f"a = {value}" if read is read_toml else f'{{"a": {value}}}'
    with pytest.raises(DataError, match=r"^x ") as caught:
        read(text, "x")
    assert len(str(caught.value)) < 150


PLAIN = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3), max_leaves=5)
KEYS = st.one_of(st.sampled_from(["a", "b-1", "_", "", "a.b", "é", 'q"']), st.text(
    st.characters(exclude_categories=["Cs"]), max_size=3,
))  # fmt: skip
TABLES = st.recursive(
    st.dictionaries(KEYS, VALUES, max_size=3),
    lambda inner: st.dictionaries(KEYS, st.one_of(VALUES, inner, st.lists(inner, max_size=2))),
    max_leaves=6,
)


@given(content=TABLES)
def test_toml_that_is_written_is_read_as_the_same(content):
    assert read_toml(write_toml(content), "x") == content


def test_toml_as_it_looks():
    content = {
        "seed": 1,
        "task": {"kind": "echo", "lag": 2, "symbols": [1, 2], "more": {"a b": "c\n"}, "none": []},
        "training": {"learning_rate": 1e-05, "shuffle": False},
        "only": {"inner": {"a": 1.0}},
    }
    assert write_toml(content) == (
        'seed = 1\n\n[task]\nkind = "echo"\nlag = 2\nsymbols = [\n    1,\n    2,\n]\nnone = []\n\n'
        '[task.more]\n"a b" = "c\\n"\n\n[training]\nlearning_rate = 1e-05\nshuffle = false\n\n'
        "[only.inner]\na = 1.0\n"
    )
    assert write_toml({}) == ""
    with pytest.raises(TypeError, match="TOML has no form for NoneType"):
        write_toml({"a": None})
