from __future__ import annotations

import ast
from pathlib import Path

import pytest

from echospan.doctor import catalogue, explain
from echospan.doctor.catalogue import Entry, _registered, entry, register, registered_probes
from echospan.doctor.explain import catalogue_page
from echospan.errors import ConfigError


def test_every_code_has_its_file_and_every_file_its_code():
    from importlib import resources

    files = {f.name for f in (resources.files("echospan.doctor") / "codes").iterdir()}
    assert files == {f"{code}.toml" for code in catalogue()}
    assert list(catalogue()) == sorted(catalogue(), key=lambda code: catalogue()[code].rank)


@pytest.mark.parametrize("code", catalogue())
def test_examples_are_programs(code):
    found = catalogue()[code]
    for program in (found.faulty_program, found.cured_program):
        ast.parse(program)
    assert found.faulty_program != found.cured_program


def test_explain_and_the_page_tell_the_same():
    text = explain("state-row-mismatch")
    page = catalogue_page()
    for part in (catalogue()["state-row-mismatch"].title, "order = np.arange(len(x) // 6 * 6)"):
        assert part in text
        assert part in page
    assert all(f"## {code}\n" in page for code in catalogue())


def test_an_unknown_code_is_refused_with_the_nearest():
    with pytest.raises(ConfigError, match=r"Did you mean 'gradient-cut'\?"):
        explain("gradient-cat")


def test_the_docs_page_is_the_catalogue():
    page = Path(__file__).parents[2] / "docs" / "catalogue.md"
    assert page.read_text("utf-8") == catalogue_page(), (
        "write it anew: python -c 'from echospan.doctor.explain import catalogue_page; "
        'print(catalogue_page(), end="")\' > docs/catalogue.md'
    )


def test_ranks_are_places_of_their_own():
    ranks = [found.rank for found in catalogue().values()]
    assert len(set(ranks)) == len(ranks)
    for found in catalogue().values():
        assert set(found.behind) <= set(catalogue())
        assert set(found.covers) <= set(catalogue()) - {found.code}


def test_another_package_adds_a_finding_and_replaces_none():
    settings = catalogue()["no-signal"].to_dict()
    own = Entry(**{**settings, "code": "too-loud", "rank": 305, "remedy": {}})
    try:
        register(own, lambda examination: [])
        assert entry("too-loud") is own
        codes = list(catalogue())
        assert codes.index("batch-size-mismatch") + 1 == codes.index("too-loud")
        assert len(registered_probes()) == 1
        register(own, lambda examination: [])
        assert len(registered_probes()) == 1
        for taken in (own.replace(code="no-signal"), own.replace(title="Another")):
            with pytest.raises(ConfigError, match="no other finding has"):
                register(taken, lambda examination: [])
    finally:
        _registered.clear()
    assert "too-loud" not in catalogue()
