"""Picture files: one door, whole or cut off, deep ones scaled, within a bound on memory."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import prelabel_tui
from prelabel_tui.imaging.frames.decode import PictureLoader
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.opening import BadPicture
from prelabel_tui.imaging.frames.picture import Pixels
from prelabel_tui.imaging.frames.picture_file import PictureFile
from tests.imaging.folders import probe_folder

EOI = b"\xff\xd9"


def scene(width: int = 320, height: int = 184) -> Pixels:
    """Something with detail everywhere."""
    coarse = np.random.default_rng(3).integers(0, 255, (height // 8, width // 8, 3), np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((width, height)))


def encoded(picture: NDArray[Any], kind: str = "JPEG", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> PictureFile:
    return PictureFile(io.BytesIO(data), len(data))


def verdicts(data: bytes) -> tuple[str, str]:
    """What an import finds, and what decoding finds at any scale."""
    found = []
    try:
        opened(data).check()
        found.append("")
    except BadPicture as error:
        found.append(str(error))
    decoded = set()
    for shrink in (1, 2, 4, 8):
        try:
            opened(data).pixels(shrink)
            decoded.add("")
        except BadPicture as error:
            decoded.add(str(error))
    assert len(decoded) == 1, decoded
    return found[0], decoded.pop()


# --- the door


def test_pictures_are_opened_in_one_place_only() -> None:
    root = Path(prelabel_tui.__file__).parent
    calls = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in {("Image", "open"), ("ImageFile", "Parser")}
    ]
    assert calls == ["imaging/frames/opening.py"]


def test_what_only_calls_itself_a_picture_is_not_run(tmp_path: Path) -> None:
    marked = tmp_path / "marked"
    program = f"({marked}) (w) file closefile showpage"
    postscript = f"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n%%EndComments\n{program}\n"
    (tmp_path / "a.jpg").write_text(postscript)
    Image.new("RGB", (64, 48)).save(tmp_path / "b.jpg")
    for number, kind in enumerate(("GIF", "PPM", "TGA", "ICO", "PDF")):
        Image.new("RGB", (64, 48)).save(tmp_path / f"c{number}.png", kind)
    manifest = probe_folder(tmp_path)
    reasons = {frame.name: frame.missing for frame in manifest.frames}
    assert reasons.pop("b.jpg") is None
    assert set(reasons.values()) == {"is not a picture that can be read"}
    for frame in manifest.frames:
        with (tmp_path / frame.name).open("rb") as file:
            if frame.missing:
                with pytest.raises(BadPicture):
                    PictureFile(file, 1000)
    assert not marked.exists()


# --- whole or cut off


@pytest.mark.parametrize(
    "options",
    [{}, {"subsampling": 0}, {"restart_marker_rows": 1}, {"quality": 100}, {"progressive": True}],
    ids=["plain", "full colour", "restarts", "fine", "progressive"],
)
def test_a_jpeg_is_cut_off_if_its_scan_is(options: dict[str, Any]) -> None:
    whole = encoded(scene(), **options)
    assert verdicts(whole) == ("", "")
    for trailing in (b"\0" * 5000, b"\xff" * 300, encoded(scene(64, 48))):
        assert verdicts(whole + trailing) == ("", "")
    assert verdicts(whole[:-2]) == ("is cut off", "is cut off")
    for share in (0.3, 0.6):
        cut = whole[: int(len(whole) * share)].rstrip(b"\xff")
        assert verdicts(cut) == ("is cut off", "is cut off")
        assert verdicts(cut + b"\0" * 3000)[1] == "is cut off"
        assert verdicts(cut + EOI)[1] == "is cut off", "an end mark makes nothing whole"


def test_the_end_of_a_thumbnail_is_not_that_of_the_picture() -> None:
    thumbnail = encoded(scene(64, 48))
    part = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2) + thumbnail
    whole = encoded(scene())
    whole = whole[:2] + part + whole[2:]
    assert verdicts(whole) == ("", "")
    assert verdicts(whole[: len(part) + 900]) == ("is cut off", "is cut off")


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_grey_where_a_cut_file_would_be_grey_is_no_cut(options: dict[str, Any]) -> None:
    grey = np.full((184, 320, 3), 128, np.uint8)
    assert verdicts(encoded(grey, **options)) == ("", "")
    assert verdicts(encoded(grey[..., 0], **options)) == ("", "")
    half = scene().copy()
    half[90:] = 128
    assert verdicts(encoded(half, **options)) == ("", "")


def test_a_jpeg_of_thousands_of_scans_is_refused() -> None:
    whole = encoded(scene(), progressive=True)
    start = whole.index(b"\xff\xda")
    scan = whole[start : whole.index(b"\xff\xc4", start)]
    assert verdicts(whole[:start] + 200 * scan + whole[start:])[0] == "is cut off"


# --- more than eight bits


def saved(values: NDArray[Any], kind: str) -> PictureFile:
    return opened(encoded(values, kind))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize(("bits", "step"), [(16, 37), (12, 2), (10, 1)])
def test_a_picture_of_more_bits_is_scaled(kind: str, bits: int, step: int) -> None:
    ramp = np.linspace(0, (1 << bits) - step, 64 * 48).astype(np.uint16).reshape(48, 64)
    shown = saved(ramp, kind).pixels(1)
    wanted = ramp / ((1 << bits) - 1) * 255
    assert np.abs(shown - wanted[..., None]).max() <= 0.51


def test_sixteen_bits_that_hold_eight_are_those_eight() -> None:
    ramp = np.arange(256, dtype=np.uint16).reshape(8, 32)
    assert np.array_equal(saved(ramp, "PNG").pixels(1)[..., 0], ramp)


def test_colours_of_sixteen_bits_are_scaled() -> None:
    rows = b"".join(b"\0" + bytes((255, 255, 128, 0, 0, 1)) * 16 for _ in range(8))

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = (16).to_bytes(4) + (8).to_bytes(4) + bytes((16, 2, 0, 0, 0))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
    shown = opened(data + chunk(b"IEND", b"")).pixels(1)
    assert (shown == (255, 128, 0)).all()


def test_floats_are_scaled_by_what_they_span() -> None:
    ramp = np.linspace(0, 1, 64 * 48, dtype=np.float32).reshape(48, 64)
    assert np.abs(saved(ramp, "TIFF").pixels(1)[..., 0] - ramp * 255).max() <= 0.51
    assert np.abs(saved(ramp * 255, "TIFF").pixels(1)[..., 0] - ramp * 255).max() <= 0.51
    centred = saved(ramp * 6 - 3, "TIFF").pixels(1)[..., 0]
    assert (centred.min(), centred.max()) == (0, 255)
    ramp[0, :3] = np.nan, np.inf, -np.inf
    assert list(saved(ramp, "TIFF").pixels(1)[0, :3, 0]) == [0, 255, 0]


def test_every_kind_of_picture_is_reduced_to_means() -> None:
    picture = scene(331, 187)
    means = picture[:184, :328].reshape(23, 8, 41, 8, 3).mean((1, 3))
    for kind, options in (("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})):
        shown = opened(encoded(picture, kind, **options)).pixels(8)
        assert shown.shape == (24, 42, 3), kind
        assert np.abs(shown[:23, :41] - means).max() <= 1, kind


# --- memory

PEAK = """
import json, sys
from pathlib import Path
from prelabel_tui.imaging.frames.decode import PictureLoader, PictureRequest
from prelabel_tui.imaging.frames.memory import PictureMemory
from prelabel_tui.imaging.frames.tone import Tone
from prelabel_tui.imaging.overlay.viewport import Viewport
from tests.imaging.folders import probe_folder
from PIL import Image
from prelabel_tui.launch import set_up_process

def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM"))

set_up_process()
folder, budget = Path(sys.argv[1]), int(sys.argv[2])
for path in (folder / "small").iterdir():
    Image.open(path).convert("RGB").reduce(2)  # what the libraries themselves take
before = peak()
manifest = probe_folder(folder)
imported = peak() - before
loader = PictureLoader("clip", manifest, memory=PictureMemory(budget))
shown = {}
for index, frame in enumerate(manifest.frames):
    size = (frame.width, frame.height)
    for zoom in ("fit", 1):
        loader.want(PictureRequest(index, Viewport(size, (120, 40), zoom=zoom), Tone()))
        loader.pixels(index)
    shown[frame.name] = loader.missing(index)
print(json.dumps({"import": imported, "review": peak() - before, "shown": shown}))
"""


def test_memory_is_bounded_for_any_picture(tmp_path: Path) -> None:
    budget, slack = 64 << 20, 32 << 20
    small = tmp_path / "small"
    small.mkdir()
    for number, kind in enumerate(("JPEG", "PNG", "TIFF", "WEBP", "BMP")):
        (small / f"{number}").write_bytes(encoded(scene(), kind))
    flat = Image.new("L", (8000, 8000))
    flat.save(tmp_path / "bomb-a.png", optimize=True)
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb-b.png")
    flat.save(tmp_path / "bomb-c.tif", compression="tiff_lzw")
    Image.new("I;16", (8000, 8000)).save(tmp_path / "bomb-d.png")
    Image.new("RGB", (7000, 7000)).save(tmp_path / "bomb-e.webp", quality=0)
    flat.save(tmp_path / "large.jpg")
    flat.save(tmp_path / "large-progressive.jpg", progressive=True)
    for number, kind in enumerate(("JPEG", "PNG", "TIFF", "WEBP", "BMP") * 2):
        picture = Image.fromarray(scene(1920, 1080))
        picture.save(tmp_path / f"usual-{number}.{'tif' if kind == 'TIFF' else kind.lower()}", kind)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(tmp_path), str(budget)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    shown = told["shown"]
    assert told["import"] < slack
    assert told["review"] < budget + slack
    assert all(shown.pop(name) is None for name in list(shown) if name.startswith("usual"))
    assert shown.pop("large.jpg") is None
    assert shown.pop("bomb-b.png") == "is too large to be a frame"
    assert all("MB to decode; 64 MB are allowed" in why for why in shown.values()), shown


def test_a_frame_for_which_memory_does_not_do_is_shown_smaller(tmp_path: Path) -> None:
    Image.fromarray(scene(1600, 1200)).save(tmp_path / "a.png")
    manifest = probe_folder(tmp_path)
    whole = PictureLoader("clip", manifest)
    pixels = whole.pixels(0)
    assert pixels is not None
    assert pixels.shape == (1200, 1600, 3)
    little = PictureLoader("clip", manifest, memory=PictureMemory(14 << 20))
    assert little.pixels(0) is None, "a part of the pixels is nothing to look into"
    assert little.missing(0) is None
    for loader in (whole, little):
        loader.close()
