import pytest

from echospan.errors import ConfigError
from echospan.sweeps.grid import grid_of


def points(table, base=None, beneath=None):
    return list(grid_of(table, base or {}, beneath or {}))


def test_lists_make_a_product_in_the_order_of_the_file():
    found = points({"a": [1, 2], "b": ["x", "y"]})
    assert found == [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]


def test_seeds_follow_each_other_wherever_they_stand():
    found = points({"seed": [0, 1], "a": [1, 2]})
    assert [(one["a"], one["seed"]) for one in found] == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_unquoted_names_are_dotted_names():
    assert points({"training": {"epochs": [1]}}) == [{"training.epochs": 1}]


def test_zipped_lists_walk_together():
    found = points({"seed": [0, 1], "zip": {"lag": [1, 2], "length": [8, 16]}})
    assert [(one["lag"], one["length"]) for one in found] == [(1, 8), (1, 8), (2, 16), (2, 16)]


def test_a_field_applies_only_where_its_condition_holds():
    table = {
        "kind": ["lstm", "attention"],
        "heads": [1, 2],
        "when": {"heads": {"kind": "attention"}},
    }
    assert points(table) == [
        {"kind": "lstm"},
        {"kind": "attention", "heads": 1},
        {"kind": "attention", "heads": 2},
    ]


def test_a_condition_may_name_what_the_recipe_says():
    table = {"heads": [1, 2], "when": {"heads": {"kind": ["attention"]}}}
    assert points(table, beneath={"kind": "lstm"}) == [{}]
    assert len(points(table, beneath={"kind": "attention"})) == 2


def test_a_condition_also_holds_back_settings_that_are_not_swept():
    table = {"kind": ["a", "b"], "when": {"width": {"kind": "b"}}}
    assert points(table, base={"width": 3}) == [{"kind": "a"}, {"kind": "b", "width": 3}]


def test_excluded_points_are_left_out():
    table = {"a": [1, 2], "b": [1, 2], "exclude": [{"a": 1, "b": [2]}]}
    assert len(points(table)) == 3
    assert {"a": 1, "b": 2} not in points(table)


def test_true_is_not_one():
    table = {"a": [True, False], "exclude": [{"a": 1}]}
    assert len(points(table)) == 2


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"a": []}, "sweep.a must be a list of at least one value"),
        ({"a": 3}, "sweep.a must be a list of at least one value; got 3"),
        ({"a": [1, 1]}, "sweep.a must be a list of values that differ"),
        ({"zip": {"a": [1, 2], "b": [1]}}, "sweep.zip.b must be as long as sweep.zip.a"),
        ({"a": [1], "zip": {"a": [1]}}, "sweep.zip.a must be left out"),
        ({"a": [1], "when": {"b": {"a": 1}}}, "sweep.when must be made of fields that are swept"),
        ({"a": [1], "when": {"a": {"c": 1}}}, "sweep.when.a must be made of fields"),
        ({"a": [1], "when": {"a": 1}}, "sweep.when.a must be a table"),
        ({"a": [1], "exclude": {"a": 1}}, "sweep.exclude must be a list of tables"),
        ({"a": [1], "exclude": [{"c": 1}]}, "sweep.exclude must be made of fields"),
        ({"a": [1], "zip": [1]}, "sweep.zip must be a table"),
    ],
)
def test_what_is_wrong_is_named(table, said):
    with pytest.raises(ConfigError) as refused:
        points(table)
    assert said in str(refused.value)


def test_a_million_points_are_not_held():
    grid = grid_of({"a": list(range(1000)), "b": list(range(1000))}, {}, {})
    assert grid.most == 1_000_000
    assert next(iter(grid)) == {"a": 0, "b": 0}
