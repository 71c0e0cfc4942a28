"""A catalogue file as a whole: read, checked, and every mistake with its file and line."""

import re
from collections.abc import Mapping
from pathlib import Path

from integrations.connectors import CONNECTORS
from support.catalog.check import check
from support.catalog.entries import Catalogue, Problem
from support.catalog.parse import NotTomlError, decode, parse
from support.catalog.positions import Positions

SECRET_NAMES = re.compile("KEY|TOKEN|SECRET|PASSWORD|_URL|DSN")
SHORTEST_SECRET = 8


class BadCatalogueError(ValueError):
    """The file cannot be loaded; `lines` says every reason as "file:line: what is wrong"."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def read(file: Path, *, environ: Mapping[str, str], kinds: Mapping[str, str]) -> Catalogue:
    """The catalogue in `file`, checked against the environment and the `kinds` of the connections that exist.

    Raises: BadCatalogueError with all mistakes at once.
    """
    text = _text(file)
    try:
        raw = decode(text)
    except NotTomlError as error:
        raise BadCatalogueError([f"{file}:{error.line}: {error}"]) from error
    problems: list[Problem] = []
    catalogue = parse(raw, kinds=tuple(CONNECTORS), problems=problems)
    problems += check(catalogue, environ=environ, kinds=kinds)
    if problems:
        positions = Positions(text)
        placed = sorted({(positions.line(each.path), _hushed(each.words, environ)) for each in problems})
        raise BadCatalogueError([f"{file}:{line}: {words}" for line, words in placed])
    return catalogue


def _hushed(words: str, environ: Mapping[str, str]) -> str:
    """The words without any secret of ours: one may have been pasted where something else belongs."""
    kept = (value for name, value in environ.items() if SECRET_NAMES.search(name))
    for secret in (each.strip() for value in kept for each in value.split(",")):
        if len(secret) >= SHORTEST_SECRET:
            words = words.replace(secret, "[removed]")
    return words


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise BadCatalogueError([f"{file}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        raise BadCatalogueError([f"{file}:{line}: not valid TOML: not UTF-8 text"]) from error
