"""The images of an export, one by one: which go out, which are left out and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from prelabel_tui.core.datasets.output import refuse
from prelabel_tui.core.datasets.selection import Clip, Content
from prelabel_tui.core.model.codec import PayloadError, decode_frame, is_left_out, is_reviewed
from prelabel_tui.core.model.labels import LEFT_OUT, Capability, Flag, Frame
from prelabel_tui.core.model.media import Manifest, MediaFrame, clip_identity, decode_manifest

if TYPE_CHECKING:
    from prelabel_tui.core.store import Store


class Pictures(StrEnum):
    """What an export does with the pictures."""

    NONE = "none"
    LINK = "link"
    COPY = "copy"


@dataclass(frozen=True)
class Options:
    """How labels go out.

    ``wanted``: the capabilities of the set; an image where not all of them were labelled is left
    out unless ``half_labelled``.  ``reviewed_only``: where nobody reviewed a capability it counts
    as not labelled.  ``shares``: percentages of a split.  ``keypoints``: the ball's point also as
    a COCO keypoint.
    """

    wanted: tuple[Capability, ...]
    half_labelled: bool = False
    exclude_flags: frozenset[Flag] = frozenset()
    reviewed_only: bool = False
    pictures: Pictures = Pictures.NONE
    shares: tuple[int, ...] = ()
    keypoints: bool = False

    def as_json(self) -> dict[str, object]:
        """Return what a manifest says of them."""
        return {
            "capabilities": [capability.value for capability in self.wanted],
            "half_labelled": self.half_labelled,
            "exclude_flags": sorted(self.exclude_flags),
            "reviewed_only": self.reviewed_only,
            "pictures": self.pictures.value,
            "split": "/".join(map(str, self.shares)) or None,
            "keypoints": self.keypoints,
        }


@dataclass(frozen=True)
class OpenClip:
    """A clip while it is exported, with its frames and the part of the split it is in."""

    clip: Clip
    manifest: Manifest
    part: str


@dataclass(frozen=True)
class Image:
    """One image that goes out.

    ``index`` is its frame's in the clip, from 0; ``number`` counts the clip's images that go out,
    from 1.  ``labels``: of each capability that was labelled there; ``left_out``: those whose
    content it was left out of.
    """

    of: OpenClip
    index: int
    number: int
    frame: MediaFrame
    labels: Mapping[Capability, Frame]
    left_out: tuple[Capability, ...] = ()


def read_clip(store: Store, clip: Clip, part: str) -> OpenClip:
    """Read the clip as it is now.  Refused when a label is for a different one; FAILURES."""
    manifest = _manifest(store, clip.manifest_sha)
    identity = None
    for sha in {content.manifest_sha for content in clip.contents} - {None, clip.manifest_sha}:
        assert sha is not None
        identity = identity or clip_identity(manifest)
        if clip_identity(_manifest(store, sha)) != identity:
            raise refuse(
                f"{clip.title} does not have the frames that it was labelled with (manifest "
                f"{clip.manifest_sha[:12]}, labelled on {sha[:12]}); run prelabel-tui fsck."
            )
    return OpenClip(clip, manifest, part)


def _manifest(store: Store, sha256: str) -> Manifest:
    # Past the cache: a set may have thousands of clips, each of which is needed once.
    return decode_manifest.__wrapped__(store.artifacts.get(sha256))


def images_of(
    store: Store, opened: OpenClip, options: Options, left_out: Counter[str]
) -> Iterator[tuple[int, MediaFrame, Mapping[Capability, Frame], tuple[Capability, ...]]]:
    """Yield the frames of a clip that go out, with the labels of each capability labelled there.

    Index, frame, labels, and the capabilities whose content it was left out of.  The others are
    counted in ``left_out`` by reason.  FAILURES.
    """
    contents = [c for c in opened.clip.contents if c.scope.capability in options.wanted]
    readers = [_Reader(store, content, options.reviewed_only) for content in contents]
    for index, frame in enumerate(opened.manifest.frames):
        found = {reader.capability: reader.next_frame() for reader in readers}
        labels = {
            capability: labelled
            for capability, labelled in found.items()
            if labelled is not None and not labelled.left_out
        }
        without = tuple(c for c, labelled in found.items() if labelled and labelled.left_out)
        reason = _reason(labels, options, without)
        if reason is None:
            yield index, frame, labels, without
        else:
            left_out[reason] += 1
    for reader in readers:
        reader.finish()


class _Reader:
    """Reads the labels of a scope frame by frame, and who reviewed them if that matters."""

    def __init__(self, store: Store, content: Content, reviewed_only: bool) -> None:
        self.capability = content.scope.capability
        self._title = content.scope.title
        self._frames = content.frames(store)
        self._reviewed = content.reviewed(store) if reviewed_only else None

    def next_frame(self) -> Frame | None:
        """Read the next frame's labels; None where they do not count as labelled.

        Of a frame that is left out of the content nothing but that is read.
        """
        encoded = next(self._frames, None)
        if encoded is None:
            raise PayloadError(f"{self._title} has fewer frames than its clip")
        if self._reviewed is not None:
            marked = next(self._reviewed, None)
            if marked is None or not is_reviewed(marked):
                return None
        return LEFT_OUT if is_left_out(encoded) else decode_frame(encoded)

    def finish(self) -> None:
        """Make sure that there are no more frames, which also checks the hashes."""
        if next(self._frames, None) is not None:
            raise PayloadError(f"{self._title} has more frames than its clip")
        for _ in self._reviewed or ():
            pass


def _reason(
    labels: Mapping[Capability, Frame], options: Options, without: tuple[Capability, ...]
) -> str | None:
    """Say why an image with these labels does not go out; None when it does."""
    if without and (not labels or not options.half_labelled):
        return "left_out"
    if not labels:
        return "not_reviewed" if options.reviewed_only else "not_labelled"
    if len(labels) < len(options.wanted) and not options.half_labelled:
        return "half_labelled"
    flags = {flag for frame in labels.values() for flag in frame.flags}
    return next((flag.value for flag in Flag if flag in flags & options.exclude_flags), None)
