"""`python -m benchmarks NAME [--frames DIR] [--json]`: measure a table of figures."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys

from benchmarks.figures import Figure

NAMES = (
    "start", "nudge", "step", "session", "autosave", "publish", "keys", "runs", "formats",
    "selecting", "sessions", "tracks", "backup",
)  # fmt: skip


def main() -> int:
    """Run one benchmark and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--frames", help="folder of real frames to measure on")
    parser.add_argument(
        "--prelabels", help="COCO results of those frames (keys), MOT lines (tracks)"
    )
    parser.add_argument("--truth", help="folder of YOLO truth files (keys)")
    parser.add_argument("--clips", help="folder of soccertrack-wide and dome-1080p (keys)")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="share of the rows (runs), frames (backup)"
    )
    parser.add_argument("--database", help="URL of an empty PostgreSQL database (runs)")
    parser.add_argument("--reviewers", type=int, default=10, help="how many (sessions)")
    parser.add_argument("--seconds", type=float, default=10.0, help="how long (sessions)")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    figures: list[Figure] = importlib.import_module(f"benchmarks.{options.name}").run(options)
    if options.json:
        machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
        document = {
            "benchmark": options.name,
            "machine": f"{machine}, Python {platform.python_version()}",
            "figures": [figure.as_json() for figure in figures],
        }
        print(json.dumps(document))
    else:
        for figure in figures:
            print(figure.as_line())
    return 0


if __name__ == "__main__":
    sys.exit(main())
