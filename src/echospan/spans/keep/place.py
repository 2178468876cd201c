"""Where sheets are kept: a store that is opened when the first of them begins."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

from echospan.errors import StoreError
from echospan.store import Run, Store


class Place:
    """A store that is not opened, or made, before it is needed: a mistake leaves nothing behind.

    Args:
        store: A folder, or a store that is open; None for the default.
        required: Whether it is an error that it can't be used. Else a warning says that nothing
            is kept.
        force: Take over stored sheets that seem to be measured by another process.

    Attributes:
        made: The sheets and comparisons that were begun or gone on with, the first one first.
    """

    def __init__(
        self,
        store: str | Path | Store | None = None,
        *,
        required: bool = True,
        force: bool = False,
    ) -> None:
        self._given, self._required, self.force = store, required, force
        self._opened: Store | None = store if isinstance(store, Store) else None
        self._stack = ExitStack()
        self.made: list[Run] = []

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()
        self._opened = self._given if isinstance(self._given, Store) else None

    @staticmethod
    def of(store: str | Path | Store | Place | None) -> AbstractContextManager[Place]:
        """The place of a store; one that is given is left to who opened it."""
        return nullcontext(store) if isinstance(store, Place) else Place(store)

    def store(self, *, create: bool = True) -> Store:
        """The store, opened.

        Raises:
            StoreError: It can't be used.
        """
        if self._opened is None:
            assert not isinstance(self._given, Store)
            self._opened = self._stack.enter_context(Store(self._given, create=create))
        return self._opened

    def refused(self, problem: StoreError) -> None:
        """Raise what the store said, or warn that nothing is kept.

        Raises:
            StoreError: The store is required.
        """
        if self._required:
            raise problem
        warnings.warn(f"The sheet is not kept: {problem}", stacklevel=3)
