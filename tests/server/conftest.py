from __future__ import annotations

import shutil

import pytest

from echospan.server import Hub, make_app
from echospan.store import Store
from server.asgi import Asker


@pytest.fixture(scope="session")
def store_folder(trained, tmp_path_factory):
    """A copy of the shared store, since sessions are saved in it."""
    folder = tmp_path_factory.mktemp("served") / "runs"
    shutil.copytree(trained, folder)
    return folder


@pytest.fixture(scope="session")
def ids(store_folder):
    """The run of `stream` and that of `window`."""
    with Store(store_folder) as store:
        return tuple(store.get(f"latest:{name}").id for name in ("stream", "window"))


def hub_of(folder, ids, **limits):
    from echospan.server import Limits

    hub = Hub(Limits(**limits))
    with Store(folder) as store:
        for run in ids:
            hub.add(store.get(run))
    return hub


@pytest.fixture(scope="session")
def hub(store_folder, ids):
    made = hub_of(store_folder, ids)
    yield made
    made.close()


@pytest.fixture
def asker(hub):
    return Asker(make_app(hub))


@pytest.fixture
def own_store(trained, tmp_path):
    """A store of the test's own, with the same runs."""
    shutil.copytree(trained, tmp_path / "own")
    return tmp_path / "own"
