"""Label files into the data folder and out of it: time and memory."""

from __future__ import annotations

import argparse

from benchmarks.figures import Figure
from benchmarks.formats_export import export_figures
from benchmarks.formats_import import import_figures


def run(options: argparse.Namespace) -> list[Figure]:
    """Measure an import and exports."""
    del options
    return import_figures() + export_figures()
