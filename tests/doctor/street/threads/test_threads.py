"""The collection keeps its form: read as text, so that nobody need look into the blind half."""

from __future__ import annotations

import ast
import re

import pytest

from doctor.street.threads.runner import HALVES, HERE, names
from doctor.street.threads.split import half

CASES = [(where, name) for where in HALVES for name in names(where)]
FIELDS = ("Source", "Symptom", "Cause", "Expected", "Measured")


@pytest.mark.parametrize(("where", "name"), CASES, ids=[name for _, name in CASES])
def test_each_thread_has_its_parts_and_stands_in_its_half(where: str, name: str) -> None:
    tree = ast.parse((HERE / where / f"{name}.py").read_text())
    said = ast.get_docstring(tree) or ""
    missing = [field for field in FIELDS if not re.search(rf"^{field}[^:\n]*: \S", said, re.M)]
    assert missing == []
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert {"faulty", "fixed"} <= functions
    constants = {
        target.id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and target.id in ("API", "EXPECTED", "WORDS")
    }
    assert constants["API"] in ("check", "check_torch", "watch_torch")
    assert constants["EXPECTED"]
    assert all(re.compile(word) for word in constants.get("WORDS", ()))
    address = re.search(r"^Source: (\S+)", said).group(1)
    assert half(address) == where


def test_no_thread_is_there_twice_and_the_blind_half_is_large_enough() -> None:
    sources = [
        re.search(r"Source: (\S+)", (HERE / where / f"{name}.py").read_text()).group(1)
        for where, name in CASES
    ]
    assert len(set(sources)) == len(sources) >= 40
    assert len(names("blind")) >= 18
