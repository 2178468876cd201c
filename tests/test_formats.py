from __future__ import annotations

import pytest

from echospan.errors import DataError
from echospan.formats import read_json, read_toml


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
