"""The stored pictures: which of them a backup lacks, and how they are sealed.

That is work for every processor, and age's library keeps Python's lock meanwhile: processes do it. They import this alone, no apps of Django.
"""

import hashlib
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import partial
from io import BytesIO
from multiprocessing import get_context, parent_process
from pathlib import Path
from stat import S_ISREG
from threading import Thread
from typing import Any

import pyrage
from django.conf import settings

from portal.backup import encryption, folder

BATCH = 200  # pictures that a process seals at a time; so few in all need no other process
Pictures = dict[str, os.stat_result]  # by name
Sealed = tuple[str, dict[str, str | int]]  # a name and its entry in the index


def stored() -> Pictures:
    """Every stored file. Of a folder that cannot be read nobody knows what it holds: OSError."""
    found: Pictures = {}
    for place, _folders, names in os.walk(settings.MEDIA_ROOT, onerror=_raise_unless_gone):
        inside = os.path.relpath(place, settings.MEDIA_ROOT)
        for name in names:
            with suppress(FileNotFoundError):  # taken away this very moment
                found[os.path.normpath(f"{inside}/{name}")] = os.stat(f"{place}/{name}")  # noqa: PTH116 (a Path costs three times as much)
    return {name: stat for name, stat in found.items() if S_ISREG(stat.st_mode)}


def _raise_unless_gone(fault: OSError) -> None:
    if not isinstance(fault, FileNotFoundError):
        raise fault


def new(pictures: Pictures, former: folder.Index, to: Path) -> Pictures:
    """Those that do not lie in the folder yet, by size and time of their files."""
    return {name: stat for name, stat in pictures.items() if not _lies_there(stat, former.get(name), to)}


def _lies_there(stat: os.stat_result, entry: dict[str, str | int] | None, to: Path) -> bool:
    return (
        entry is not None
        and (entry["size"], entry["mtime"]) == (stat.st_size, stat.st_mtime_ns)
        and folder.picture_path(to, str(entry["sha256"])).exists()
    )


def seal(names: Sequence[str], to: Path, unfinished: Path, recipients: Sequence[Any]) -> Iterator[Sealed]:
    """Each that is still there; until it is whole in the folder `unfinished`, which the next run removes. Raises OSError."""
    one = partial(_seal, Path(settings.MEDIA_ROOT), to, unfinished, [str(recipient) for recipient in recipients])
    if len(names) <= BATCH:
        yield from filter(None, map(one, names))
        return
    try:
        with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_follow_parent) as pool:
            with _deaf_to_ctrl_c():
                sealed = pool.map(one, names, chunksize=BATCH)
            yield from filter(None, sealed)
    except BrokenProcessPool as fault:
        raise OSError("A process that sealed pictures was killed") from fault


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What starts in here stays so from its first moment: Ctrl-C is for this process, which hears it afterwards and lets each end its batch."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def _follow_parent() -> None:
    """Ends with it, even if it was killed."""
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent_process().join()  # type: ignore[union-attr]
    os._exit(1)


def _seal(media: Path, to: Path, unfinished: Path, recipients: list[str], name: str) -> Sealed | None:
    """None if it was taken away this very moment."""
    try:
        with (media / name).open("rb", buffering=0) as file:
            stat, content = os.fstat(file.fileno()), file.read()
    except FileNotFoundError:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    sealed, target = unfinished / f"picture-{os.getpid()}", folder.picture_path(to, sha256)
    encryption.seal(BytesIO(content), sealed, [pyrage.x25519.Recipient.from_str(key) for key in recipients])
    sealed.replace(target)
    return name, {"size": len(content), "mtime": stat.st_mtime_ns, "sha256": sha256}
