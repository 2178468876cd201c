"""An index that is not as echospan makes it: one line, no run lost, and a command that mends it."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from echospan.errors import StoreError
from echospan.store import Store, rebuild_store, schema
from echospan.store.problems import BadIndex

from .helpers import begin, orphan, set_record
from .kills import in_memory


@pytest.fixture
def path() -> Iterator[Path]:
    """A store with one finished run, at rest."""
    with in_memory() as folder:
        with Store(folder / "runs") as store:
            begin(store).finish({"accuracy": 0.5})
        yield folder / "runs"


def sql(*statements: str) -> Callable[[Path], None]:
    """Change the index by SQL, as someone might who sends a store."""

    def change(index: Path) -> None:
        with closing(sqlite3.connect(index, isolation_level=None)) as connection:
            for statement in statements:
                connection.execute(statement)

    return change


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
COLUMNS = "run_id, recipe, state, seed, accuracy, created, finished, seconds, fingerprint"


def recursive_view(index: Path) -> None:
    with closing(sqlite3.connect(index)) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(runs)")]
    named = ", ".join(f"i AS {name}" for name in columns)
    sql("DROP TABLE runs", f"CREATE VIEW runs AS {ENDLESS} SELECT {named} FROM n")(index)


def another_log(index: Path) -> None:
    """The log of a database that is quite another one."""
    with in_memory() as folder:
        other = folder / "other.sqlite"
        connection = sqlite3.connect(other, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE mine (a)")
        connection.execute("INSERT INTO mine VALUES (zeroblob(100000))")
        shutil.copy(f"{other}-wal", f"{index}-wal")
        connection.close()


def instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def change(index: Path) -> None:
        index.unlink()
        make(index)

    return change


def sparse(index: Path) -> None:
    os.truncate(index, 10 << 30)


def page(number: int) -> Callable[[Path], None]:
    def change(index: Path) -> None:
        data = bytearray(index.read_bytes())
        data[4096 * (number - 1) + (100 if number == 1 else 0) : 4096 * number] = b"\xa5" * (
            3996 if number == 1 else 4096
        )
        index.write_bytes(data)

    return change


def header(index: Path) -> None:
    data = bytearray(index.read_bytes())
    data[16:18] = b"\x00\x07"  # The size of a page, which must be a power of two.
    index.write_bytes(data)


def listening(index: Path) -> None:
    with in_memory() as folder:
        short = folder / "s"
        with socket.socket(socket.AF_UNIX) as bound:
            bound.bind(str(short))
        os.replace(short, index)


def _made(path: Path) -> Path:
    path.touch()
    return path


BAD: dict[str, Callable[[Path], None]] = {
    "a recursive view": recursive_view,
    "another view": sql("CREATE VIEW more AS SELECT 1"),
    "a trigger": sql("CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM runs; END"),
    "another table": sql("CREATE TABLE more (a)"),
    "a virtual table": sql("CREATE VIRTUAL TABLE more USING fts5(a)"),
    "an index on an expression": sql("CREATE INDEX more ON runs (hex(run_id))"),
    "an index of ours on something else": sql(
        "DROP INDEX runs_by_state", "CREATE INDEX runs_by_state ON runs (pid)"
    ),
    "an index that is missing": sql("DROP INDEX runs_by_state"),
    "a table that is missing": sql("DROP TABLE runs"),
    "a column that is missing": sql("ALTER TABLE runs DROP COLUMN uptime"),
    "a column too many": sql("ALTER TABLE runs ADD COLUMN more TEXT"),
    "a column of another name": sql("ALTER TABLE runs RENAME COLUMN seed TO sead"),
    "a generated column": sql("ALTER TABLE runs ADD COLUMN more AS (hex(run_id))"),
    "version of the future": sql("PRAGMA user_version = 1000"),
    "version below none": sql("PRAGMA user_version = -1"),
    "version of the past": sql("PRAGMA user_version = 1"),
    "no version, but tables": sql("PRAGMA user_version = 0"),
    "an accuracy that is a blob": sql("UPDATE runs SET accuracy = x'00ff'"),
    "an accuracy that is text": sql("UPDATE runs SET accuracy = 'high'"),
    "an infinite accuracy": sql("UPDATE runs SET accuracy = 9e999"),
    "a seed that is text": sql("UPDATE runs SET seed = 'x'"),
    "a seed with a point": sql("UPDATE runs SET seed = 1.5"),
    "a state that is none": sql("UPDATE runs SET state = 'asleep'"),
    "a recipe that is a blob": sql("UPDATE runs SET recipe = x'41'"),
    "text that is not UTF-8": sql("UPDATE runs SET recipe = CAST(x'ff' AS TEXT)"),
    "text that moves the cursor": sql("UPDATE runs SET label = char(27) || '[2J'"),
    "text of two lines": sql("UPDATE runs SET label = char(10)"),
    "long text": sql("UPDATE runs SET label = printf('%.5000c', 'x')"),
    "huge text": sql("UPDATE runs SET label = printf('%.50000000c', 'x')"),
    "an id that is a blob": sql("UPDATE runs SET run_id = x'41'"),
    "no id": sql("UPDATE runs SET run_id = NULL"),
    "a first page of rubbish": page(1),
    "a second page of rubbish": page(2),
    "a third page of rubbish": page(3),
    "a cut file": lambda index: os.truncate(index, 5000),
    "pages of a strange size": header,
    "the log of another": another_log,
    "text": instead(lambda index: index.write_text("mine")),
    "a long text": instead(lambda index: index.write_text("mine" * 5000)),
    "10 GB of nothing": sparse,
    "10 GB of nothing alone": instead(lambda index: (index.touch(), sparse(index))),
    "a log of 10 GB": lambda index: sparse(_made(Path(f"{index}-wal"))),
    "a folder": instead(lambda index: index.mkdir()),
    "a folder for its log": lambda index: Path(f"{index}-wal").mkdir(),
    "a pipe": instead(os.mkfifo),
    "a socket": instead(listening),
    "a link": instead(lambda index: index.symlink_to("/dev/zero")),
    "a link to nothing": instead(lambda index: index.symlink_to("nothing")),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_index_is_one_line_and_mended(path: Path, bad: str) -> None:
    index = path / "index.sqlite"
    BAD[bad](index)

    def use() -> None:
        with Store(path) as store:
            store.list()
            store.get("latest")

    with pytest.raises(StoreError) as caught:
        use()
    assert isinstance(caught.value, BadIndex), caught.value
    assert "\n" not in str(caught.value)
    assert "run `echospan runs rebuild`" in str(caught.value).replace("Run", "run")
    assert len(str(caught.value)) < 1000
    done = rebuild_store(path)
    assert (done.indexed, done.skipped) == (1, {})
    # Kept, unless its values alone were wrong: then the same file was put right.
    if done.aside is not None:
        assert os.path.lexists(done.aside) or list(path.glob("index.sqlite.*"))
    with Store(path) as store:
        (item,) = store.list()
        assert store.get(item.run_id).load_result() == {"accuracy": 0.5}
        begin(store).finish({})


@pytest.mark.parametrize(
    "good",
    [
        sql("ANALYZE"),
        sql("VACUUM"),
        sql("REINDEX"),
        sql("PRAGMA journal_mode = DELETE"),
        sql("PRAGMA auto_vacuum = 1", "VACUUM"),
        sql("PRAGMA journal_mode = DELETE", "PRAGMA page_size = 512", "VACUUM"),
        sql("PRAGMA application_id = 7"),
    ],
)
def test_what_a_careful_user_does_is_no_damage(path: Path, good: Callable[[Path], None]) -> None:
    good(path / "index.sqlite")
    with Store(path) as store:
        assert len(store.list()) == 1
        begin(store).finish({})


def test_a_query_comes_to_an_end(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the schema's check is passed by."""
    monkeypatch.setattr(schema, "STEPS_LIMIT", 1_000_000)
    monkeypatch.setattr(schema, "unlike", lambda *_: "")
    recursive_view(path / "index.sqlite")
    with pytest.raises(BadIndex, match="a query came to no end"), Store(path) as store:
        store.list()


def test_an_index_is_not_exchanged_under_a_run(path: Path) -> None:
    with Store(path) as store:
        run = begin(store)
        (path / "index.sqlite").write_bytes(b"mine" * 5000)
        with pytest.raises(StoreError, match=f"The run {run.id} is running in process"):
            rebuild_store(path)
        orphan_in_folder(run.path)
        assert rebuild_store(path).indexed == 2


def orphan_in_folder(folder: Path) -> None:
    text = (folder / "run.json").read_text()
    (folder / "run.json").write_text(text.replace('"state":"running"', '"state":"interrupted"'))


def test_a_process_goes_on_with_an_index_that_was_made_anew(path: Path) -> None:
    with Store(path) as store:
        run = begin(store)
        for each in path.glob("index.sqlite*"):
            each.unlink()
        with Store(path) as other:
            assert other.get(run.id).state == "running"
            run.save_json("a", 1)
            run.finish({"accuracy": 1.0})
            assert other.get(run.id).state == "finished"


def test_rebuilding_a_good_index_keeps_it(path: Path) -> None:
    with Store(path) as store:
        run = begin(store)
        orphan(store, run)
        set_record(store, run, state="failed")
        store._index.delete(run.id)
    done = rebuild_store(path)
    assert (done.indexed, done.aside) == (2, None)


def test_rebuilding_needs_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="There is no store at"):
        rebuild_store(tmp_path / "runs")
