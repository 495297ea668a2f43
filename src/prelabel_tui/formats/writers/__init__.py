"""The writers, one module a format.  Another one: write it as a ``Writer`` and name it here.

Each writes into a folder of its own.  What a format has no word for goes into a side file beside
the labels of each clip (:mod:`prelabel_tui.formats.side_file`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from prelabel_tui.core.datasets.export import Format
from prelabel_tui.formats.writers.coco import CocoWriter
from prelabel_tui.formats.writers.cvat import CvatWriter
from prelabel_tui.formats.writers.label_studio import LabelStudioWriter
from prelabel_tui.formats.writers.mot import MotWriter
from prelabel_tui.formats.writers.soccernet import SoccerNetWriter
from prelabel_tui.formats.writers.yolo import YoloWriter

FORMATS: Final[Mapping[str, Format]] = {
    writer.dialect: Format(writer.dialect, writer)
    for writer in (
        CocoWriter,
        CvatWriter,
        LabelStudioWriter,
        MotWriter,
        SoccerNetWriter,
        YoloWriter,
    )
}
"""Every format that can be written, by its name on the command line."""
