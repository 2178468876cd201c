"""The pictures in a notebook: anywidget's widgets, and HTML for where no kernel answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from echospan.arguments import mapping, optional, validated
from echospan.extras import needs
from echospan.results.data import finite
from echospan.widgets.inline import inlined, stand_in
from echospan.widgets.source import NAME, source

if TYPE_CHECKING:
    import anywidget


@validated(
    name=NAME,
    data=mapping("what one of the builders returned"),
    settings=optional(mapping("settings")),
)
def widget(
    name: str, data: Mapping[str, Any], *, settings: Mapping[str, Any] | None = None
) -> anywidget.AnyWidget:
    """Return a picture as a widget of a notebook.

    Its traitlets are ``data`` and ``settings``: what is shown, and where the knobs stand. A
    notebook that is turned into HTML shows it without a kernel.

    Args:
        name: "state", "rows", "reach" or "accuracy".
        data: What one of the builders returned.
        settings: Where the knobs stand at first.

    Raises:
        MissingExtra: anywidget is not installed.

    Example:
        >>> picture = echospan.widgets.widget("rows", echospan.widgets.rows_data(lag=3))
        >>> picture.settings
        {}
    """
    needs("A widget", "anywidget")
    return _kind(name)(data=finite(dict(data)), settings=finite(dict(settings or {})))


@cache
def _kind(name: str) -> Any:
    import anywidget
    import traitlets
    from IPython import get_ipython
    from IPython.display import display

    class Picture(anywidget.AnyWidget):  # type: ignore[misc]
        _esm = source(name)
        data = traitlets.Dict().tag(sync=True)
        settings = traitlets.Dict().tag(sync=True)

        def _repr_mimebundle_(self, **asked: Any) -> Any:
            """Beside the widget's own form one that needs no widget manager."""
            bundle = super()._repr_mimebundle_(**asked)
            if bundle is None:
                return None
            found, about = bundle if isinstance(bundle, tuple) else (bundle, {})
            if get_ipython() is not None:
                # nbconvert prefers the widget's own form wherever the notebook holds its state.
                hidden = stand_in(name, self.data, self.settings, self.model_id)
                display({"text/html": hidden}, raw=True)  # type: ignore[no-untyped-call]
            return {**found, "text/html": inlined(name, self.data, settings=self.settings)}, about

    Picture.__name__ = Picture.__qualname__ = f"{name.title()}Picture"
    return Picture
