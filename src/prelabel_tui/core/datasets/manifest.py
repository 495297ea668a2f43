"""The manifest of an export: what went out, from which revisions, by which options."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from prelabel_tui import __version__
from prelabel_tui.core.datasets.images import OpenClip, Options
from prelabel_tui.core.datasets.output import Spool
from prelabel_tui.core.datasets.selection import Selection
from prelabel_tui.core.model.labels import Capability
from prelabel_tui.core.signing import SignedHead

MANIFEST: Final = "manifest.json"
VERSION: Final = 1

_encoder = msgspec.json.Encoder()


class ManifestFile:
    """Writes ``manifest.json``.

    It has no time in it, so that the same data folder gives the same file, and where the pictures
    are only if the export leaves them there.  ``signed``: the audit log's newest hash, and its
    signature where a key is configured.
    """

    def __init__(
        self,
        folder: Path,
        format_name: str,
        selection: Selection,
        options: Options,
        signed: SignedHead,
    ) -> None:
        self._path = folder / MANIFEST
        self._pictures = Spool(folder / f"{MANIFEST}.pictures")
        self._first = True
        self._clips: list[dict[str, object]] = []
        self._head = {
            "format": "prelabel-export",
            "version": VERSION,
            "program": {"name": "prelabel-tui", "version": __version__},
            "ledger_head": signed.head,
            "ledger_signature": signed.signature,
            "dialect": format_name,
            "options": options.as_json(),
            "dataset": selection.dataset and selection.dataset.as_json(),
            "contents": [
                content.as_json() for clip in selection.clips for content in clip.contents
            ],
        }

    def picture(self, name: str, sha256: str | None) -> None:
        """Enter a picture; without a hash where it could not be read."""
        separator = b"\n" if self._first else b",\n"
        self._first = False
        line = b"%s%s: %s" % (separator, _encoder.encode(name), _encoder.encode(sha256))
        self._pictures.write(line)

    def clip(self, opened: OpenClip, images: int, more: Mapping[str, object]) -> None:
        """Enter a clip: how many of its frames are images of the export."""
        self._clips.append(
            {
                "workspace": opened.clip.workspace,
                "media": opened.clip.media,
                "part": opened.part,
                "frames": opened.clip.frame_count,
                "images": images,
                "manifest_sha": opened.clip.manifest_sha,
                **more,
            }
        )

    def close(
        self, images: int, labels: Mapping[Capability, int], left_out: Mapping[str, int]
    ) -> None:
        """Write the file."""
        told: dict[str, Any] = {
            **self._head,
            "clips": self._clips,
            "images": images,
            "labels": {capability.value: count for capability, count in labels.items()},
            "left_out": dict(left_out),
        }
        text = msgspec.json.format(_encoder.encode(told), indent=1)
        with self._path.open("xb") as file:
            file.write(text.removesuffix(b"\n}") + b',\n "pictures": {')
            self._pictures.pour(file)
            file.write(b"\n }\n}\n")
