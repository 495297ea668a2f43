"""Label files out of the data folder: time and memory."""

from __future__ import annotations

import argparse

from benchmarks.figures import Figure
from benchmarks.formats_export import export_figures


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure exports."""
    del options
    return export_figures()
