"""Where each table, key and array element of a TOML text stands, because tomllib does not say."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple[str | int, ...]

_STRING = r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
_TOKEN = re.compile(rf"({_STRING})|(\#[^\n]*)|([\[\]{{}},=\n])|([^\s\[\]{{}},=\#\"']+)", re.DOTALL)
_KEY_PART = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|[A-Za-z0-9_-]+')


@dataclass(frozen=True)
class _Token:
    text: str
    line: int


@dataclass
class Positions:
    """Line numbers (from 1) of one valid TOML text, by path: ("plan", 0, "prices", 2)."""

    text: str
    _lines: dict[Path, int] = field(default_factory=lambda: {(): 1})
    _counts: dict[Path, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        table: Path = ()
        for statement in _statements(self.text):
            if statement[0].text == "[":
                table = self._note_header(statement)
            else:
                self._note_value(statement, table)

    def line(self, path: Path) -> int:
        """The line of `path`, else of the nearest thing around it."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _note_header(self, statement: list[_Token]) -> Path:
        parts = _key(statement)
        if len(statement) > 1 and statement[1].text == "[":
            name = (*self._resolved(parts[:-1]), parts[-1])
            path: Path = (*name, self._counts.get(name, 0))
            self._counts[name] = self._counts.get(name, 0) + 1
        else:
            path = self._resolved(parts)
        self._note(path, statement[0].line)
        return path

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):  # what is only named on the way stands here too
            self._lines.setdefault(path[:length], line)

    def _resolved(self, parts: list[str]) -> Path:
        """A header's name as a path: below an array of tables it means the last table so far."""
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return path

    def _note_value(self, statement: list[_Token], table: Path) -> None:
        equals = next(place for place, each in enumerate(statement) if each.text == "=")
        path = (*table, *_key(statement[:equals]))
        self._note(path, statement[0].line)
        for index, line in enumerate(_elements(statement[equals + 1 :])):
            self._lines.setdefault((*path, index), line)


def _tokens(text: str) -> Iterator[_Token]:
    line = 1
    for match in _TOKEN.finditer(text):
        if not match.group(2):  # comments say nothing here
            yield _Token(match.group(), line)
        line += match.group().count("\n")


def _statements(text: str) -> Iterator[list[_Token]]:
    """Headers and assignments, each as its tokens."""
    statement: list[_Token] = []
    depth = 0
    for token in _tokens(text + "\n"):
        depth += (token.text in "[{") - (token.text in "]}")
        if token.text != "\n":
            statement.append(token)
        elif depth == 0 and statement:
            yield statement
            statement = []


def _key(tokens: list[_Token]) -> list[str]:
    parts = _KEY_PART.findall("".join(each.text for each in tokens))
    return [str(tomllib.loads(f"k = {part}")["k"]) if part[0] in "\"'" else part for part in parts]


def _elements(value: list[_Token]) -> Iterator[int]:
    """The line of each element, when the value is an array."""
    if not value or value[0].text != "[":
        return
    depth, expecting = 0, False
    for token in value:
        closes = token.text in "]}"
        if expecting and not closes:
            yield token.line
        depth += (token.text in "[{") - closes
        expecting = depth == 1 and (token.text == "," or token is value[0])
