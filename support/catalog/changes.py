"""What a load changed: the diff that is printed, and who is touched by it."""

from collections.abc import Mapping
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
    targets: set[tuple[int, str]] = field(
        default_factory=set
    )  # (connection id, plan slug) that mean something else
    released: set[int] = field(default_factory=set)  # connections that may do more now than before
    reshaped: set[int] = field(default_factory=set)  # connections whose own options changed

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
        changes.changed(
            f"{title}: "
            + ", ".join(f"{name} {_shown(before[name])} -> {_shown(values[name])}" for name in before)
        )
    return row, set(before)


def _shown(value: Any) -> str:
    return str(getattr(value, "slug", value))
