"""The Procfile: which processes the product consists of, and how each is started."""

from pathlib import Path


def commands(file: Path) -> dict[str, str]:
    """Name to shell command, in the file's order."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = (line.partition(":") for line in lines if line and not line.startswith("#"))
    return {name.strip(): command.strip() for name, _, command in pairs}
