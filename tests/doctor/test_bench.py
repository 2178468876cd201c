from __future__ import annotations

import pytest

from doctor.bench.page import PAGE
from doctor.bench.runner import BACKENDS, cases, python_for, run_backend
from echospan.doctor import catalogue


def test_every_code_has_a_case_and_each_case_its_own_name():
    found = cases()
    torch_only = {code for code in catalogue() if catalogue()[code].torch}
    assert {case.code for case in found} >= set(catalogue()) - torch_only
    assert len({(case.code, case.name, case.backend) for case in found}) == len(found)


def test_the_page_holds_every_case():
    page = PAGE.read_text("utf-8")
    for case in cases():
        assert f"| {case.code} | {case.name} | {case.backend} |" in page


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_exact_fault_is_found_and_no_twin_has_an_error(backend):
    if python_for(backend) is None:
        pytest.skip(f"{backend} is not installed here")
    outcomes = run_backend(backend)
    assert [o for o in outcomes if not o.detected and not o.heuristic] == []
    assert [o for o in outcomes if o.cried and not o.heuristic] == []
