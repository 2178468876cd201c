"""A figure that a notebook shows. This module needs matplotlib: import it inside functions."""

from __future__ import annotations

import io

from matplotlib import figure


class Figure(figure.Figure):
    """A figure of this package.

    matplotlib shows figures in a notebook only where pyplot was imported. This one is shown in any,
    and in a page of documentation that is made from one.
    """

    def _repr_svg_(self) -> str:
        buffer = io.StringIO()
        self.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()
