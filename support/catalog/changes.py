"""What a load changed: the diff that is printed, and who is touched by it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


@dataclass
class Changes:
    """Lines of the diff (+ ~ - and what was kept), and what has to follow from them."""

    lines: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    prices: set[str] = field(default_factory=set)  # mapped anew or to another plan
    plans: set[str] = field(default_factory=set)  # whose people may stand differently now
    # (connection id, plan slug): what the plan means there may be something else now
    targets: set[tuple[int, str]] = field(default_factory=set)
    opened: set[int] = field(default_factory=set)  # connections where everybody has to be looked at again

    def added(self, words: str) -> None:
        self.lines.append(f"+ {words}")

    def changed(self, words: str) -> None:
        self.lines.append(f"~ {words}")

    def removed(self, words: str) -> None:
        self.lines.append(f"- {words}")


def write(
    model: type[Row], key: Mapping[str, Any], values: Mapping[str, Any], *, title: str, changes: Changes
) -> tuple[Row, set[str]]:
    """Make the row that `key` names hold `values`; returns it and the names of the fields that changed."""
    manager = model._default_manager
    row = manager.filter(**key).first()
    if row is None:
        changes.added(title)
        return manager.create(**key, **values), set(values)
    before = {name: getattr(row, name) for name in values if getattr(row, name) != values[name]}
    if before:
        for name in before:
            setattr(row, name, values[name])
        row.save(update_fields=list(before))
        words = [each for name in before for each in _differences(name, before[name], values[name])]
        changes.changed(f"{title}: {', '.join(words)}")
    return row, set(before)


def _differences(name: str, old: Any, new: Any) -> Iterator[str]:
    """Such as "rank 20 -> 25"; of a table only the keys that differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield from _differences(key, old.get(key), new.get(key))
    else:
        yield f"{name} {_shown(old)} -> {_shown(new)}"


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(getattr(value, "slug", value))
