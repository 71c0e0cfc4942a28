"""A launcher of plain shell commands: `python -m tests.config.launch.harness NAME=COMMAND...`."""

import os
import sys
from pathlib import Path

from config.launch.signals import Signals
from config.launch.supervisor import Child, Supervisor


def main(*arguments: str) -> int:
    """Supervise the commands as `make run` does its processes; `once:NAME=COMMAND` may end."""
    children = []
    for argument in arguments:
        name, _, command = argument.partition("=")
        once = name.startswith("once:")
        children.append(Child(name.removeprefix("once:"), command=command, environ=os.environ, once=once))
    return Supervisor(children, signals=Signals(), cwd=Path.cwd()).run()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
