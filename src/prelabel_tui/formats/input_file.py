"""Input files: regular files and pipes, read whole and never more than a bounded size."""

from __future__ import annotations

import os
import select
import stat
from pathlib import Path
from typing import Final

from prelabel_tui.core.bounds import INPUT_BYTES
from prelabel_tui.core.progress import Progress, unwatched
from prelabel_tui.core.text import printable
from prelabel_tui.formats.dialects import folder_given
from prelabel_tui.formats.errors import FormatError

_CHUNK: Final = 1 << 20
_LISTEN_S: Final = 0.1


def read_bytes(path: Path, progress: Progress = unwatched) -> bytes:
    """Read the whole of a file, or of a pipe up to its end.  FormatError; Cancelled."""
    parts: list[bytes] = []
    done, total = 0, None
    try:
        # Without waiting, so that a pipe to which nobody writes yet can be given up.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            status = os.fstat(descriptor)
            is_file = stat.S_ISREG(status.st_mode)
            if stat.S_ISDIR(status.st_mode):
                raise folder_given(path)
            if not is_file and not stat.S_ISFIFO(status.st_mode):
                raise FormatError(path, "", "is neither a file nor a pipe", "Give a file")
            if is_file:
                total = status.st_size
            while max(done, total or 0) <= INPUT_BYTES:
                if is_file or done:
                    progress("MB read", done >> 20, None if total is None else total >> 20)
                else:
                    progress(f"waiting for somebody to write to {printable(path.name)}")
                if not is_file and not select.select([descriptor], [], [], _LISTEN_S)[0]:
                    continue
                part = os.read(descriptor, _CHUNK)
                if not part:
                    return b"".join(parts)
                parts.append(part)
                done += len(part)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise FormatError(
            path, "", f"cannot be read ({error.strerror})", "Check the name and its permissions"
        ) from error
    raise FormatError(path, "", f"is larger than {INPUT_BYTES >> 20} MB", "Give a smaller one")


def read_text(path: Path, progress: Progress = unwatched) -> str:
    """Read a UTF-8 file (a byte order mark is allowed), else as :func:`read_bytes`."""
    try:
        return read_bytes(path, progress).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "", "is not UTF-8 text", "Give a text file") from error
