"""A run as one .zip file, to give to others."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

from echospan.errors import StoreError
from echospan.files import open_place, unfit
from echospan.store import names
from echospan.store.arrays import check_arrays
from echospan.store.files import open_regular, read_json, to_json
from echospan.store.problems import os_errors
from echospan.store.record import RunSummary

_ELSEWHERE = "choose another destination"
# Fixed, so that exporting a run twice gives the same bytes.
_DATE = (1980, 1, 1, 0, 0, 0)


def export_run(folder: Path, summary: RunSummary, destination: Path, *, overwrite: bool) -> Path:
    """Write the run as a .zip: summary, config, result, history, weights, environment and more.

    Every file is checked first. The checkpoint and the name of the machine stay behind.

    Args:
        folder: The run's folder.
        summary: What the index says of it.
        destination: The .zip to write, or a folder to write ``RUN_ID.zip`` into.
        overwrite: Whether a file that is there may be replaced.

    Returns:
        The path of the .zip.

    Raises:
        CorruptRun: A file of the run is damaged.
        StoreError: The destination is there already, or cannot be written.
    """
    target = destination / f"{summary.run_id}.zip" if destination.is_dir() else destination
    if why := unfit(target):
        raise StoreError(f"Cannot write {target}. {why}")
    if not overwrite and os.path.lexists(target):
        raise StoreError(
            f"{target} is there already. Choose another destination, or ask to overwrite it."
        )
    files = _checked_files(folder)
    with os_errors("write", target, _ELSEWHERE), open_place(target.parent) as place:
        with (
            place.writing(target.name) as raw,
            zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            text = to_json(summary.to_json(), "summary")
            archive.writestr(_member(summary.run_id, "summary.json"), text)
            for name in files:
                with (
                    open_regular(folder / name) as source,
                    archive.open(_member(summary.run_id, name), "w") as copy,
                ):
                    shutil.copyfileobj(source, copy)
        place.sync()
    return target


def _checked_files(folder: Path) -> list[str]:
    """Names, within the folder, of the files that belong to a run; each is checked."""
    single = [names.CONFIG, names.RESULT, names.ENVIRONMENT, names.HISTORY, names.WEIGHTS]
    files = [name for name in (*single, names.FAILURE) if os.path.lexists(folder / name)]
    if names.CONFIG not in files:
        files.insert(0, names.CONFIG)  # Every run has one: let the check below say it is missing.
    for sub, suffix in ((names.ARTIFACTS, ".safetensors"), (names.JSONS, ".json")):
        # A linked folder would lead out of the store.
        if not (folder / sub).is_symlink():
            files += sorted(f"{sub}/{path.name}" for path in (folder / sub).glob(f"[!.]*{suffix}"))
    for name in files:
        if name.endswith(".json"):
            read_json(folder / name)
        elif name.endswith(".safetensors"):
            check_arrays(folder / name)
    return files


def _member(run_id: str, name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(f"{run_id}/{name}", _DATE)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o644 << 16
    return member
