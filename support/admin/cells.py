"""The cells of a list, each with its column's name: on a phone a row is a card, and has no head."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from support.screen.pills import NOTHING

CHECKBOX = "action-checkbox"
TAG = len("<td")
EMPTY = (f"{NOTHING}</", "</", "&nbsp;</")


def labelled_rows(
    results: Iterable[Iterable[SafeString]], headers: Sequence[Mapping[str, Any]]
) -> list[list[SafeString]]:
    """The admin's own cells, with `data-label`, and `data-empty` where there is nothing to read."""
    labels = [_label(each) for each in headers]
    return [[_labelled(cell, label) for cell, label in zip(row, labels, strict=False)] for row in results]


def _label(header: Mapping[str, Any]) -> str:
    return "" if CHECKBOX in str(header.get("class_attrib", "")) else capfirst(str(header["text"]))


def _labelled(cell: SafeString, label: str) -> SafeString:
    """The cell is the admin's own HTML; only the label is new, and it is escaped."""
    if not label or cell[:TAG] not in ("<td", "<th"):
        return cell
    empty = cell.partition(">")[2].startswith(EMPTY)
    words = format_html(' data-label="{}"{}', label, SafeString(' data-empty=""' if empty else ""))
    return SafeString(cell[:TAG]) + words + SafeString(cell[TAG:])
