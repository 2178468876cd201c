"""The rules of arguments, and that every public function has one for each of them."""

from __future__ import annotations

import inspect
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import echospan
from echospan import arguments, serve, testing
from echospan.arguments import each, either, number, one_of, optional, same_as, validated, whole
from echospan.errors import ConfigError, shown

FUNCTIONS = [
    name
    for name in echospan.__all__
    if inspect.isfunction(getattr(echospan, name)) and not name.startswith("_")
]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_a_verb_is_checked(name):
    function = getattr(echospan, name)
    wanted = {*inspect.signature(function).parameters} - {"fit_arguments", "more"}
    assert {*function.__validated__} == wanted


@pytest.mark.parametrize("name", testing.__all__)
def test_every_argument_of_a_contract_is_checked(name):
    function = getattr(testing, name)
    assert {*function.__validated__} == {*inspect.signature(function).parameters}


KINDS = [
    echospan.Store, echospan.store.Run, serve.Trained, serve.Stepper, echospan.RunResult,
    echospan.Sheet, echospan.Comparison, echospan.CheckReport, echospan.ConformReport,
    echospan.UsesReport,
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_argument_of_a_method_is_checked(kind):
    for name, method in inspect.getmembers(kind, inspect.isroutine):
        if name.startswith("_") or method.__module__.split(".")[0] != "echospan":
            continue
        if name in OF_MAPPINGS:
            continue
        wanted = {*inspect.signature(method).parameters} - {"self", "value"}
        assert {*getattr(method, "__validated__", ())} >= wanted, name


OF_MAPPINGS = ("get", "items", "keys", "values")
"""A result can be read like a dictionary, with what a dictionary takes."""


@validated(count=whole(1, 10), share=number(above=0, most=1), order=one_of("up", "down"))
def example(first, count=None, *, share=0.5, order="up"):
    """A docstring."""
    return first, count, share, order


def test_a_validated_function_looks_like_itself():
    assert example.__name__ == "example"
    assert example.__doc__ == "A docstring."
    assert [*inspect.signature(example).parameters] == ["first", "count", "share", "order"]
    assert inspect.getfullargspec(example).args == ["first", "count"]


def test_values_are_taken_as_pythons_own():
    _, count, share, _ = example(1, np.int32(3), share=np.float32(0.5))
    assert (count, type(count)) == (3, int)
    assert (share, type(share)) == (0.5, float)
    assert example(None) == (None, None, 0.5, "up")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"count": "3"}, "count must be a whole number from 1 to 10; got '3'. Give the number"),
        ({"count": True}, "count must be a whole number from 1 to 10; got True."),
        ({"count": 3.0}, "got 3.0."),
        ({"count": 11}, "got 11."),
        ({"share": None}, "share must be a number above 0 and at most 1; got None."),
        ({"share": float("nan")}, "got nan."),
        ({"order": "dwon"}, "order must be 'up' or 'down'; got 'dwon'. Did you mean 'down'?"),
        ({"order": ["up"]}, "got ['up']."),
    ],
)
def test_a_refusal_names_the_argument_and_what_is_allowed(given, message):
    with pytest.raises(ConfigError) as caught:
        example(1, **given)
    assert message in str(caught.value)
    assert caught.value.__cause__ is None


def test_python_says_what_is_missing_or_too_much():
    with pytest.raises(TypeError, match=r"example\(\) got an unexpected keyword argument 'cuont'"):
        example(1, cuont=3)
    with pytest.raises(TypeError, match=r"example\(\) missing 1 required .*'first'"):
        example()
    with pytest.raises(TypeError, match=r"example\(\) takes from 1 to 2 positional arguments"):
        example(1, 2, 3)


def test_a_rule_for_no_argument_is_an_error_of_ours():
    with pytest.raises(TypeError, match="has no argument nonsense"):

        @validated(nonsense=whole(0))
        def other(first):
            return first


def test_handed_on_settings_are_checked_under_their_own_names():
    @validated(settings=same_as(example))
    def other(**settings):
        return settings

    assert other(share=np.float64(0.25)) == {"share": 0.25}
    with pytest.raises(ConfigError, match="share must be"):
        other(share="0.25")
    with pytest.raises(ConfigError, match="sahre must be left out: example has no such argument"):
        other(sahre=0.25)


@pytest.mark.parametrize(
    ("rule", "given", "wanted"),
    [
        (whole(0), np.array(3), 3),
        (whole(), -3, -3),
        (number(), Fraction(1, 2), 0.5),
        (arguments.flag, np.True_, True),
        (arguments.path, Path("a"), Path("a")),
        (arguments.folder, "", ""),
        (each(whole(0), "numbers"), np.arange(3), (0, 1, 2)),
        (each(whole(0), "numbers"), (n for n in (2, 1)), (2, 1)),
        (optional(whole(0)), None, None),
        (either("", whole(0), one_of("a", "b")), "a", "a"),
        (arguments.mapping("settings"), {"a": 1}, {"a": 1}),
    ],
)
def test_what_means_the_same_is_taken(rule, given, wanted):
    found = rule("name", given)
    assert found == wanted
    assert type(found) is type(wanted)


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (whole(0), 10.0),
        (whole(0), b"3"),
        (number(), "3"),
        (number(), True),
        (number(), 1j),
        (number(), float("inf")),
        (arguments.flag, 1),
        (arguments.flag, "yes"),
        (arguments.text, b"text"),
        (arguments.text, "\ud800"),
        (arguments.path, ""),
        (arguments.path, "a\0b"),
        (arguments.path, b"a"),
        (arguments.folder, 3),
        (each(whole(0), "numbers", empty="at least one"), []),
        (each(whole(0), "numbers"), "123"),
        (each(whole(0), "numbers", most=5), iter(int, 1)),
        (arguments.mapping("settings"), {1: 2}),
        (arguments.mapping("settings"), [("a", 1)]),
        (arguments.function, "len"),
        (arguments.instance("a path", "pathlib:Path"), Path),
        (arguments.methods("a list", "append"), list),
        (arguments.sequences, np.zeros(3)),
        (arguments.array, np.array(["a"])),
    ],
)
def test_what_means_something_else_is_refused(rule, given):
    with pytest.raises(ConfigError, match=r"^name must be "):
        rule("name", given)


def test_what_cannot_be_shown_is_told_by_its_class():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    nested = []
    for _ in range(100_000):
        nested = [nested]
    assert shown(Silent()) == "a Silent that cannot be shown"
    assert shown(nested) == "a list that cannot be shown"
    assert shown(10**5000) == "an integer of 16,610 bits"


@validated(things=each(whole(), "things"))
def several(things, *, settings=None, seed=0):
    return things


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (lambda: several(1, 2), r"Several things are one list: several\(\[1, 2\]\)\."),
        (lambda: several([1], sed=1), r"Did you mean 'seed'\?"),
        (lambda: several([1], lag=3), r"Settings are a dictionary: settings=\{'lag': 3\}\."),
        (lambda: example(1, 2, 0.5), "All but first and count are given by name: share=..."),
        (lambda: echospan.run("stream", lag=3), r"settings=\{'lag': 3\}"),
    ],
)
def test_a_wrong_call_says_how_to_call(call, hint):
    with pytest.raises(TypeError, match=hint):
        call()


def test_an_error_inside_the_function_stays_as_it_is():
    @validated(count=whole())
    def wrong(count):
        raise TypeError("its own")

    with pytest.raises(TypeError, match=r"^its own$"):
        wrong(1)
