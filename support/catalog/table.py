"""One TOML table read key by key; a wrong type is noted and reading goes on."""

import difflib
from collections.abc import Collection, Iterable
from typing import Any

from support.catalog.entries import Problem
from support.catalog.positions import Path

WORDS = {str: "text", int: "a whole number", bool: "true or false", list: "a list", dict: "a table"}
INTEGER_MAX = 32_767


class Table:
    """Typed access to one table. `title` is how messages name it, e.g. `plan "pro"`."""

    def __init__(self, values: dict[str, Any], *, path: Path, title: str, problems: list[Problem]) -> None:
        self.values, self.path, self.title, self.problems = values, path, title, problems

    def note(self, words: str, *, key: str | None = None, index: int | None = None) -> None:
        path = self.path if key is None else (*self.path, key)
        self.problems.append(Problem(path if index is None else (*path, index), f"{self.title}: {words}"))

    def text(self, key: str, *, longest: int, default: str | None = None) -> str:
        """Text that is not blank; "" and a problem when it is missing (and has no default) or wrong."""
        if key not in self.values:
            if default is None:
                self.note(f"{key} is missing")
            return default or ""
        value = self._typed(key, str, "")
        if isinstance(self.values[key], str) and not value.strip():
            self.note(f"{key} is blank", key=key)
        elif len(value) > longest or not value.isprintable():
            self.note(f"{key} must be at most {longest} printable characters", key=key)
            return ""
        return str(value).strip()

    def choice(self, key: str, choices: Iterable[str], *, default: str | None = None) -> str:
        """One of `choices`; "" and a problem otherwise."""
        value = self.text(key, longest=64, default=default)
        allowed = list(choices)
        if value and value not in allowed:
            self.note(
                f'unknown {key.replace("_", " ")} "{value}", must be one of {", ".join(allowed)}', key=key
            )
            return ""
        return value

    def number(self, key: str, *, default: int) -> int:
        value = int(self._typed(key, int, default))
        if not 0 <= value <= INTEGER_MAX:
            self.note(f"{key} must be between 0 and {INTEGER_MAX}", key=key)
            return default
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        return bool(self._typed(key, bool, default))

    def texts(self, key: str, *, longest: int) -> tuple[str, ...]:
        """A list of texts; elements that are none are noted and left out."""
        found = []
        for index, each in enumerate(self._typed(key, list, [])):
            if isinstance(each, str) and each.strip() and len(each) <= longest and each.isprintable():
                found.append(each.strip())
            else:
                self.note(f"{key} must hold texts of 1 to {longest} characters", key=key, index=index)
        return tuple(found)

    def tables(self, key: str) -> list[tuple[Path, dict[str, Any]]]:
        """The elements of `[[key]]`, each with its path."""
        found = []
        for index, each in enumerate(self._typed(key, list, [])):
            if isinstance(each, dict):
                found.append(((*self.path, key, index), each))
            else:
                self.note(f"{key} must be written as [[{key}]]", key=key, index=index)
        return found

    def table(self, key: str) -> dict[str, Any]:
        return dict(self._typed(key, dict, {}))

    def refuse_unknown(self, known: Collection[str]) -> None:
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                self.note(f'unknown key "{key}"' + (f', did you mean "{near[0]}"?' if near else ""), key=key)

    def _typed(self, key: str, kind: type, default: Any) -> Any:
        value = self.values.get(key, default)
        if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
            return value
        self.note(f"{key} must be {WORDS[kind]}", key=key)
        return default
