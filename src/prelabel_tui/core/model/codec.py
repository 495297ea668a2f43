"""Canonical JSON of contents (RFC 8785): what a frame and a payload look like as bytes.

Only this module, and :mod:`label_arrays` which reads the numbers of many frames at once, knows
those bytes.  Keys are sorted and there are no floats, so that msgspec gives RFC 8785.

The form has a number, written into every payload:

1. labels, flags, ball states and reviewed marks;
2. also the tracks of labels, as their source named them;
3. also frames that are left out, and (in drafts) what was accepted unseen.

A content is written in the first form that can hold it.  So the same content has the same bytes
and hash whenever it is written, and one without anything new keeps the hash that it always had.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

import msgspec

from prelabel_tui.core.model.labels import LEFT_OUT, BallState, Capability, Frame

FIRST_FORM: Final = 1
NEWEST_FORM: Final = 3

_TRACK: Final = b'"track":'
_LABELS_ONLY: Final = (b'{"labels":', b'{"left_out":', b'{"reviewed":', b"{}")

# Marks are the last keys of a frame, in this order, so that they are read from its end.
_MARKS: Final = (b'"left_out":true', b'"reviewed":true', b'"unseen":true')
_LEFT_OUT: Final = tuple(
    b",".join((_MARKS[0], *rest)) + b"}" for rest in ((), _MARKS[1:2], _MARKS[2:3], _MARKS[1:3])
)
_REVIEWED: Final = (_MARKS[1] + b"}", _MARKS[1] + b"," + _MARKS[2] + b"}")
_UNSEEN: Final = _MARKS[2] + b"}"
_NOT_CONTENT: Final = (_UNSEEN, _REVIEWED[0])
_THIRD_FORM: Final = (*_LEFT_OUT, _UNSEEN)
_BALL: Final = b'{"ball":'
_FLAGS: Final = b'{"flags":'
_LONGEST_STATE: Final = max(map(len, BallState)) + len('"",') + len(_FLAGS)
_EMPTY: Final = b",{}"
_BOUNDARY: Final = (b',{"', _EMPTY)
_END: Final = b"]}"

# Quotes inside a JSON string are escaped, and labels have none of these keys: so these bytes can
# only be where a frame with content begins.
_NEXT_FRAME: Final = re.compile(rb'\},\{"(?:ball|flags|labels|left_out|reviewed|unseen)":')


class PayloadError(ValueError):
    """Bytes that are not a content of a known form; the text says why."""


class _Payload(msgspec.Struct, forbid_unknown_fields=True):
    capability: Capability
    format: int
    frames: list[msgspec.Raw]


_encoder: Final = msgspec.json.Encoder(order="sorted")
_ONLY_LEFT_OUT: Final = _encoder.encode(LEFT_OUT)
_frame_decoder: Final = msgspec.json.Decoder(Frame)
_WRONG: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_payload_decoder: Final = msgspec.json.Decoder(_Payload)
_changes_decoder: Final = msgspec.json.Decoder(dict[int, msgspec.Raw])


# -- frames ------------------------------------------------------------------------------------


def encode_frame(frame: Frame) -> bytes:
    """Encode a frame."""
    return _encoder.encode(frame)


def decode_frame(data: bytes) -> Frame:
    """Decode what :func:`encode_frame` wrote.  PayloadError on anything else."""
    try:
        return _frame_decoder.decode(data)
    except _WRONG as error:
        raise PayloadError(str(error)) from error


def form_of(encoded: bytes) -> int:
    """Return the number of the first form that can hold an encoded frame."""
    if encoded.endswith(_THIRD_FORM):
        return 3
    # Quotes inside a JSON string are escaped, so these bytes can only be the key.
    return 2 if _TRACK in encoded else FIRST_FORM


def is_reviewed(encoded: bytes) -> bool:
    """Say whether an encoded frame is marked as reviewed."""
    return encoded.endswith(_REVIEWED)


def may_have_reviewed(payload: bytes) -> bool:
    """Say whether some frame of a payload may be reviewed; quick, and False only if none is."""
    return _MARKS[1] in payload


def is_unseen(encoded: bytes) -> bool:
    """Say whether an encoded frame was accepted while its picture was not shown."""
    return encoded.endswith(_UNSEEN)


def is_left_out(encoded: bytes) -> bool:
    """Say whether an encoded frame is left out of the content."""
    return encoded.endswith(_LEFT_OUT)


def published_bytes(encoded: bytes) -> bytes:
    """Return an encoded frame as a revision holds it: without review marks.

    Of a frame that is left out nothing else is published.
    """
    if encoded.endswith(_LEFT_OUT):
        return _ONLY_LEFT_OUT
    for mark in _NOT_CONTENT:
        if encoded.endswith(mark):
            encoded = encoded[: -len(mark)].removesuffix(b",") + b"}"
    return encoded


def has_flags(encoded: bytes) -> bool:
    """Say whether an encoded frame has flags: their key comes first, or after the ball state."""
    return encoded.startswith(_FLAGS) or (
        encoded.startswith(_BALL) and _FLAGS[1:] in encoded[: len(_BALL) + _LONGEST_STATE]
    )


def has_state(encoded: bytes) -> bool:
    """Say whether an encoded frame has flags or a ball state: their keys sort before labels."""
    return not encoded.startswith(_LABELS_ONLY)


# -- payloads ----------------------------------------------------------------------------------


def _head(capability: Capability, form: int) -> bytes:
    return b'{"capability":"%s","format":%d,"frames":[' % (capability.value.encode(), form)


_HEADS: Final = {
    _head(capability, form): form
    for capability in Capability
    for form in range(FIRST_FORM, NEWEST_FORM + 1)
}
_LONGEST_HEAD: Final = max(map(len, _HEADS))


def join_payload(
    capability: Capability, form: int, groups: Sequence[Sequence[bytes]]
) -> list[bytes]:
    """Encode a payload of encoded frames, in consecutive pieces."""
    parts = [b",".join(group) for group in groups]
    following = [b"," + part for part in parts[1:]]
    return [_head(capability, form), *parts[:1], *following, _END]


def split_payload(payload: bytes, like: Sequence[bytes] = ()) -> tuple[Capability, list[bytes]]:
    """Return the capability and the encoded frames of a payload.  PayloadError.

    Frames are looked into when they are decoded, not here.  Those that equal the frame of
    ``like`` in their place are recognised instead of looked for, and shared.
    """
    for capability in Capability:
        for form in range(FIRST_FORM, NEWEST_FORM + 1):
            head = _head(capability, form)
            if payload.startswith(head):
                frames = _split_canonical(payload, len(head), like)
                if frames is not None:
                    return capability, _held_by(form, frames)
    try:
        decoded = _payload_decoder.decode(payload)
    except _WRONG as error:
        raise PayloadError(str(error)) from error
    if not FIRST_FORM <= decoded.format <= NEWEST_FORM:
        raise PayloadError(
            f"payload format {decoded.format}, expected {FIRST_FORM} to {NEWEST_FORM}"
        )
    return decoded.capability, _held_by(decoded.format, [bytes(raw) for raw in decoded.frames])


def _held_by(form: int, frames: list[bytes]) -> list[bytes]:
    if form < NEWEST_FORM:
        for index, encoded in enumerate(frames):
            if form_of(encoded) > form:
                what = "tracks" if form_of(encoded) == 2 else "marks"
                raise PayloadError(f"frame {index + 1} has {what}, which format {form} cannot hold")
    return frames


def _split_canonical(payload: bytes, start: int, like: Iterable[bytes]) -> list[bytes] | None:
    """Split what :func:`join_payload` returns; None for any other text.

    Takes as long as a JSON decoder would, but in small steps between which other threads (the
    screen's) run.
    """
    at, end = start, len(payload) - len(_END)
    if not payload.startswith(b"{", at) or not payload.endswith(b"}" + _END):
        return None
    frames: list[bytes] = []
    known = iter(like)
    while at <= end:
        same = next(known, None)
        if same is not None and payload.startswith(same, at):
            after = at + len(same)
            if after == end or payload.startswith(_BOUNDARY, after):
                frames.append(same)
                at = after + 1
                continue
        found = _NEXT_FRAME.search(payload, at + 1, end)
        stop = found.start() + 1 if found else end
        after = stop + 1
        while payload.endswith(_EMPTY, at, stop):
            stop -= len(_EMPTY)
        frames.append(payload[at:stop])
        empty = (after - 1 - stop) // len(_EMPTY)
        frames += [_EMPTY[1:]] * empty
        for _ in range(empty):
            next(known, None)
        at = after
    try:
        msgspec.json.decode(frames[-1], type=msgspec.Raw)
    except _WRONG:
        return None  # cut off
    return frames


def stream_payload(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the encoded frames of a payload that comes in pieces, holding little more than one.

    PayloadError, perhaps only at the end, when the pieces are not such a payload.
    """
    source = iter(pieces)
    rest = b""
    for piece in source:
        rest += piece
        if len(rest) >= _LONGEST_HEAD:
            break
    form = next((form for head, form in _HEADS.items() if rest.startswith(head)), None)
    if form is None:  # JSON of another layout: read whole
        yield from split_payload(rest + b"".join(source))[1]
        return
    rest = rest[rest.index(b"[") + 1 :]
    for piece in chain([b""], source):
        rest += piece
        at = 0
        for found in _NEXT_FRAME.finditer(rest, 1):
            yield from _held_by(form, _with_empty(rest[at : found.start() + 1]))
            at = found.start() + 2
        rest = rest[at:]
    if not rest.endswith(_END):
        raise PayloadError("the payload is cut off")
    last = rest[: -len(_END)]
    try:
        msgspec.json.decode(b"[%s]" % last, type=list[msgspec.Raw])
    except _WRONG as error:
        raise PayloadError(str(error)) from error
    yield from _held_by(form, _with_empty(last) if last else [])


def _with_empty(part: bytes) -> list[bytes]:
    """Split a frame from the empty ones behind it."""
    stop = len(part)
    while part.endswith(_EMPTY, 0, stop):
        stop -= len(_EMPTY)
    return [part[:stop], *[_EMPTY[1:]] * ((len(part) - stop) // len(_EMPTY))]


# -- some frames of a payload ------------------------------------------------------------------


def encode_changes(changed: Mapping[int, bytes]) -> bytes:
    """Encode frames by their index."""
    return msgspec.json.encode({index: msgspec.Raw(changed[index]) for index in sorted(changed)})


def decode_changes(data: bytes) -> dict[int, bytes]:
    """Decode what :func:`encode_changes` wrote.  PayloadError on anything else."""
    try:
        members = _changes_decoder.decode(data)
    except _WRONG as error:
        raise PayloadError(str(error)) from error
    return {index: bytes(raw) for index, raw in members.items()}
