"""Runs a program whose clock is wrong: `python -m tests.chaos.skewed SECONDS PROGRAM ARGUMENTS...`."""

import runpy
import shutil
import sys
from datetime import UTC, datetime, timedelta

import time_machine


def main() -> None:
    """Processes that the program forks inherit its clock; timers, which are monotonic, stay right."""
    seconds, program = float(sys.argv[1]), sys.argv[2]
    sys.argv = sys.argv[2:]
    path = shutil.which(program)
    assert path, program
    wrong = datetime.now(tz=UTC) + timedelta(seconds=seconds)
    with time_machine.travel(wrong, tick=True):
        runpy.run_path(path, run_name="__main__")


if __name__ == "__main__":
    main()
