"""What can be chosen for a plan at a connection: the names known there, and what is chosen now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.connectors.kit.desired import SEQUENCES
from integrations.models import Connection, ConnectionKind, RemoteKind, RemoteName

GONE = "no longer exists there"
UNKNOWN = "name not known"


@dataclass(frozen=True)
class Part:
    """One option of a mapping. `by_name`: it is kept as a name, not as an id; `many`: a list of them."""

    option: str
    label: str
    kind: RemoteKind
    many: bool = True
    by_name: bool = False


PARTS: dict[str, Sequence[Part]] = {
    ConnectionKind.CIRCLE: (
        Part("access_groups", "Access groups", RemoteKind.GROUP),
        Part("spaces", "Spaces", RemoteKind.SPACE),
        Part("member_tags", "Tags", RemoteKind.TAG),
    ),
    ConnectionKind.KIT: (
        Part("tags", "Tags", RemoteKind.TAG, by_name=True),
        *(
            Part(option, option.replace("_", " ").capitalize(), RemoteKind.SEQUENCE, many=False)
            for option in SEQUENCES
        ),
    ),
}
FLAGS: dict[str, dict[str, str]] = {
    ConnectionKind.KIT: {"status_tags": 'Also keep a tag such as "status: active"'},
}


@dataclass(frozen=True)
class Choice:
    """One thing to choose; `note` warns."""

    value: str
    label: str
    chosen: bool
    note: str = ""


@dataclass(frozen=True)
class Field:
    part: Part
    choices: list[Choice]
    other: str = ""

    @property
    def warned(self) -> list[Choice]:
        """What is chosen and does not exist there any more."""
        return [each for each in self.choices if each.chosen and each.note == GONE]

    @property
    def chosen(self) -> list[Choice]:
        return [each for each in self.choices if each.chosen]


class Directory:
    """The cached names of one connection, read once for all its plans."""

    def __init__(self, connection: Connection, rows: Sequence[RemoteName]) -> None:
        self._fetched = connection.names_fetched_at is not None
        self._names = {(row.kind, row.remote_id): row.name for row in rows}
        self._gone = {(row.kind, row.remote_id) for row in rows if row.gone_at}

    def name(self, kind: RemoteKind, remote_id: object) -> str:
        """E.g. "Pro members (101)"; the bare id where its name is not known."""
        found = self._names.get((kind.value, str(remote_id)))
        return f"{found} ({remote_id})" if found else str(remote_id)

    def fields(self, connection: Connection, options: Mapping[str, Any]) -> list[Field]:
        """Everything that can be chosen, what is chosen now first."""
        return [self._field(part, options) for part in PARTS[connection.kind]]

    def _field(self, part: Part, options: Mapping[str, Any]) -> Field:
        held = options.get(part.option, [] if part.many else None)
        chosen = [str(each) for each in (held if part.many else [held]) if each is not None]
        known = self._known(part)
        listed = [*chosen, *(value for value in known if value not in chosen)]
        return Field(part, [self._choice(part, value, known, chosen=value in chosen) for value in listed])

    def _known(self, part: Part) -> dict[str, str]:
        """What exists there now: value to name."""
        there = {
            key: name for key, name in self._names.items() if key[0] == part.kind and key not in self._gone
        }
        pairs = ((name if part.by_name else number, name) for (_, number), name in there.items())
        return dict(sorted(pairs, key=lambda pair: pair[1].casefold()))

    def _choice(self, part: Part, value: str, known: Mapping[str, str], *, chosen: bool) -> Choice:
        label = value if part.by_name else self.name(part.kind, value)
        if value in known:
            return Choice(value, label, chosen)
        if part.by_name:
            return Choice(value, label, chosen, "made when first needed" if self._fetched else UNKNOWN)
        return Choice(value, label, chosen, GONE if self._fetched else UNKNOWN)


def directories(connections: Sequence[Connection]) -> dict[int, Directory]:
    """By connection id; one query."""
    rows: dict[int, list[RemoteName]] = {each.pk: [] for each in connections}
    for row in RemoteName.objects.filter(connection__in=connections):
        rows[row.connection_id].append(row)
    return {each.pk: Directory(each, rows[each.pk]) for each in connections}
