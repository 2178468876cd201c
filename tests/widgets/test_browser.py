"""The pictures in a browser: what a user does, and what is seen then."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from echospan import widgets

from .pictures import all_data, delay

pytestmark = pytest.mark.slow

Opened = Callable[..., Any]
WATCH = """() => {
  window.gone = [];
  const removed = (node) => node.nodeType === 1 && window.gone.push(node.outerHTML.slice(0, 200));
  new MutationObserver((all) => all.forEach((one) => one.removedNodes.forEach(removed)))
    .observe(document.querySelector(".es-widget"), { childList: true, subtree: true });
}"""


HOST = """
<div id="own"></div><script type="module">%s
window.sent = [];
const heard = {};
const own = { data: %s, settings: {} };
window.model = {
  get: (key) => own[key], set: (key, value) => (own[key] = value), save_changes() {},
  on: (name, call) => (heard[name] = call), off: (name) => delete heard[name],
  send: (message) => window.sent.push(message),
};
window.heard = heard;
window.close_ = render({ model, el: document.getElementById("own") });
</script>"""
"""The smallest model that a module may meet; it notes what is asked of it."""


def hosted(name: str, data: Any) -> str:
    module = widgets.source(name).replace("</", "<\\/")
    return HOST % (module, json.dumps(data))


def texts(page: Any, row: str) -> list[str]:
    found: list[str] = page.locator(f".es-{row}:visible").all_inner_texts()
    return found


def test_typed_numbers_are_echoed(opened: Opened) -> None:
    page = opened(widgets.inlined("state", delay()))
    page.get_by_role("button", name="Put in 30").click()
    page.get_by_label("type numbers").fill("10, 50 0")
    page.get_by_label("type numbers").press("Enter")
    assert texts(page, "input") == ["30", "10", "50", "0"]
    assert texts(page, "answer") == ["–", "–", "30", "10"]
    assert page.locator('.es-answer[data-hit="yes"]').count() == 2
    assert "Right so far: 2 of 2" in page.inner_text(".es-widget")
    assert "units over 4 steps" in page.locator("canvas:visible").first.get_attribute("aria-label")
    page.get_by_role("button", name="Reset").click()
    assert texts(page, "answer") == []


def test_a_number_outside_the_vocabulary_leaves_the_state_alone(opened: Opened) -> None:
    page = opened(widgets.inlined("state", {**delay(), "numbers": [1, 2, 3]}))
    page.get_by_label("type numbers").fill("20 <b>7</b>")
    page.get_by_label("type numbers").press("Enter")
    told = page.get_by_role("alert").inner_text()
    assert "doesn't know <b>7</b>" in told
    assert "The state is unchanged" in told
    assert texts(page, "input") == ["10", "20", "30"]


def test_one_past_input_changed_says_which_answers_change(opened: Opened) -> None:
    page = opened(widgets.inlined("state", {**delay(), "numbers": [1, 2, 3, 4, 5]}))
    page.get_by_role("button", name="Step 1, input 20").click()
    page.locator("select").select_option(label="50")
    assert texts(page, "then") == ["–", "–", "10", "50", "30"]
    assert page.locator('.es-then[data-changed="yes"]').count() == 1
    assert "the answer changes at step 3 (lag 2)" in page.inner_text(".es-widget")
    # Once it is undone the picture is what it was.
    page.get_by_role("button", name="Undo").click()
    assert texts(page, "then") == []


def test_steps_of_a_host_are_asked_for_by_message(opened: Opened) -> None:
    data = {**delay(), "network": None, "live": True}
    page = opened(hosted("state", data))
    page.get_by_role("button", name="Put in 30").click()
    assert page.evaluate("sent") == [{"type": "step", "value": 3}]
    step = {"input": 3, "answer": 1, "confidence": 0.5, "hidden": [0.5, -1], "cell": None}
    page.evaluate("(step) => heard['msg:custom']({ type: 'step', step })", step)
    assert texts(page, "answer") == ["10"]
    page.get_by_role("button", name="Step 0, input 30").click()
    assert page.evaluate("sent.at(-1)") == {"type": "change", "position": 0, "value": 4}
    page.evaluate("heard['msg:custom']({ type: 'error', message: 'It failed <b>' })")
    assert page.get_by_role("alert").inner_text() == "It failed <b>"
    page.get_by_role("button", name="Reset").click()
    assert page.evaluate("sent.at(-1)") == {"type": "reset"}
    page.evaluate("close_()")
    left = "[document.getElementById('own').children.length, Object.keys(heard)]"
    assert page.evaluate(left) == [0, []]


def test_recorded_steps_say_that_they_are(opened: Opened) -> None:
    step = {"input": 1, "answer": 2, "confidence": 0.5, "hidden": [0.1], "cell": None}
    data = {**delay(), "network": None, "steps": [step] * 3}
    page = opened(widgets.inlined("state", data))
    assert "These are recorded steps" in page.inner_text(".es-widget")
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Next").click()
    assert texts(page, "answer") == ["20"]


def test_knobs_turn_what_arrives(opened: Opened) -> None:
    page = opened(widgets.inlined("rows", widgets.rows_data(lag=3, batch_size=4)))
    told = page.get_by_role("status")
    assert "for 20 it never arrives" in told.inner_text()
    page.get_by_label("rows of a batch").select_option("aligned")
    assert "84 through the state, and for 0 it never arrives" in told.inner_text()
    page.get_by_label("state returns to zero").select_option("batch")
    assert "for 84 it never arrives" in told.inner_text()
    page.get_by_label("window (steps)").fill("4")
    page.get_by_label("window (steps)").press("Enter")
    assert "80 have it in the sample" in told.inner_text()
    page.get_by_label("batch size").fill("99")
    page.get_by_label("batch size").press("Enter")
    assert page.get_by_label("batch size").input_value() == "32"


def test_the_grid_is_walked_with_the_arrow_keys_and_played(opened: Opened) -> None:
    page = opened(widgets.inlined("rows", widgets.rows_data(lag=1, batch_size=2, length=9)))
    page.locator('[aria-selected="true"]').focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.dataset.batch") == "2"
    assert page.evaluate("document.activeElement.dataset.row") == "1"
    assert "Row 1 of batch 2 answers at step 6" in page.inner_text(".es-widget")
    page.get_by_role("button", name="Play").click()
    page.get_by_text("batch 3 of 0 to 3").wait_for()
    page.get_by_role("button", name="Play").wait_for()


def test_the_reach_map_is_read_with_the_keys(opened: Opened) -> None:
    page = opened(widgets.inlined("reach", all_data()["reach"]))
    assert "This lag is needed" in page.inner_text(".es-widget")
    page.locator('.es-tile[tabindex="0"]').focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    assert "The input 1 step back: affects the output: yes" in page.inner_text(".es-widget")


def test_accuracy_is_read_by_pointer_and_by_keys(opened: Opened) -> None:
    data = all_data()["accuracy"]
    page = opened(widgets.inlined("accuracy", data))
    page.locator(".es-plot svg").hover(position={"x": 70, "y": 100})
    lags = [row["lag"] for row in data["models"][0]["lags"]]
    assert page.inner_text(".es-tip").startswith(f"Lag {lags[0]}")
    page.locator(".es-plot svg").focus()
    page.keyboard.press("End")
    assert page.inner_text(".es-tip").startswith(f"Lag {lags[-1]}")
    drawn = page.locator(".es-plot polyline:visible").count()
    page.get_by_role("group", name="Models").get_by_role("checkbox").first.uncheck()
    assert page.locator(".es-plot polyline:visible").count() == drawn - 1


@pytest.mark.parametrize("name", widgets.NAMES)
def test_an_update_changes_elements_and_replaces_none(name: str, opened: Opened) -> None:
    page = opened(widgets.inlined(name, all_data()[name]))
    page.evaluate(WATCH)
    for number in "3", "4":
        for control in page.locator(".es-widget input[type=number]:visible").all():
            control.fill(number)
            control.press("Enter")
    for control in page.locator(".es-widget button:visible:enabled").all()[:8]:
        control.click()
    for control in page.locator(".es-widget input[type=checkbox]:visible").all() * 2:
        control.click()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("window.gone") == []


@pytest.mark.parametrize("name", widgets.NAMES)
@pytest.mark.parametrize("width", [380, 1600])
def test_it_fits_and_several_stand_on_one_page(name: str, width: int, opened: Opened) -> None:
    page = opened(widgets.inlined(name, all_data()[name]) * 2, width)
    assert page.locator(".es-widget").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate("""() => [...document.querySelectorAll(
        ".es-widget p, .es-widget label, .es-widget > .es-row button, .es-legend li")]
      .filter((one) => one.getClientRects().length)
      .filter((one) => one.getBoundingClientRect().right > innerWidth)
      .map((one) => one.textContent)""")
    assert cut == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(scheme: str, opened: Opened) -> None:
    axe = pytest.importorskip("axe_core_python.sync_playwright", reason="axe is not installed")
    every = "".join(widgets.inlined(name, data) for name, data in all_data().items())
    page = opened(every, 1600, scheme)
    assert page.locator(".es-widget").count() == 4
    found = axe.Axe().run(page)["violations"]
    serious = [
        (one["id"], [node["html"][:120] for node in one["nodes"]][:4])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


def test_a_page_without_scripts_keeps_its_still_picture(browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.set_content(widgets.inlined("reach", all_data()["reach"], still="<b>still</b>"))
    assert page.inner_text("b") == "still"
    context.close()


@pytest.mark.parametrize("name", widgets.NAMES)
def test_nothing_is_left_behind(name: str, opened: Opened) -> None:
    counted = """<script>
    window.running = new Set();
    const [begin, end] = [window.setInterval, window.clearInterval];
    window.setInterval = (...given) => {
      const own = begin(...given);
      running.add(own);
      return own;
    };
    window.clearInterval = (own) => { running.delete(own); end(own); };
    window.watched = 0;
    for (const kind of [ResizeObserver, MutationObserver]) {
      const { observe, disconnect } = kind.prototype;
      kind.prototype.observe = function (...given) { this.on = 1; observe.apply(this, given); };
      kind.prototype.disconnect = function () { if (this.on) window.watched -= 1; this.on = 0;
        disconnect.apply(this); };
      kind.prototype.observe = ((own) => function (...given) { if (!this.on) window.watched += 1;
        own.apply(this, given); })(kind.prototype.observe);
    }
    </script>"""
    page = opened(counted + hosted(name, all_data()[name]))
    page.locator(".es-widget").wait_for()
    assert page.evaluate("watched") > 0
    if name == "rows":
        page.get_by_role("button", name="Play").click()
        assert page.evaluate("running.size") == 1
    page.evaluate("close_()")
    assert page.evaluate("[running.size, watched, Object.keys(heard).length]") == [0, 0, 0]
    assert page.locator("#own > *").count() == 0
