"""What groups, tags, spaces and sequences are called: the provider's names, else the plan they belong to."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q
from django.db.models.functions import JSONObject

from integrations.models import Connection, ConnectionKind, PlanMapping, RemoteName, Sync

MOST_NAMES = 500
_OPTIONS = {"access_groups": "group", "member_tags": "tag", "spaces": "space"}
_SAID = {"access group": "group", "member tag": "tag", "space": "space", "sequence": "sequence"}
_IN_A_SENTENCE = re.compile(rf"\b({'|'.join(_SAID)}) (\d+)\b")


@dataclass(frozen=True)
class Names:
    """The names of one connection's things, and what each plan maps to there."""

    known: Mapping[tuple[str, str], str] = field(default_factory=dict)
    mappings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, kind: str, ref: object) -> str:
        """E.g. "Pro members (101)"; the bare number when nobody knows its name."""
        name = self.known.get((kind, str(ref)))
        return f"{name} ({ref})" if name else str(ref)

    def put_into(self, sentence: str) -> str:
        """A connector's "add to access group 101" with the name in it."""
        return _IN_A_SENTENCE.sub(lambda found: f"{found[1]} {self.of(_SAID[found[1]], found[2])}", sentence)


def place_of(connection: Connection) -> str:
    """How staff call it, e.g. "Circle"; with our name of it where there are several, "Circle (circle-eu)"."""
    return place(connection.kind, connection.slug)


def place(kind: str, slug: str) -> str:
    label = ConnectionKind(kind).label
    return label if slug == kind else f"{label} ({slug})"


def place_at(slug: str) -> str:
    """The same of a slug alone: one query. What is no connection's keeps its own word."""
    kind = Connection.objects.filter(slug=slug).values_list("kind", flat=True).first()
    return place(kind, slug) if kind else slug


def annotated_with_names() -> dict[str, ArraySubquery]:
    """Annotations of syncs that `names_at` reads: so names cost no query of their own."""
    there = RemoteName.objects.filter(connection=OuterRef("connection"))
    # Kit's tags are mapped by name.
    there = there.exclude(Q(kind="tag") & Q(connection__kind=ConnectionKind.KIT)).order_by("pk")
    return {
        "remote": ArraySubquery(
            there.values(row=JSONObject(kind="kind", id="remote_id", name="name"))[:MOST_NAMES]
        ),
        **annotated_with_mappings(),
    }


def annotated_with_mappings() -> dict[str, ArraySubquery]:
    """Of these only what the plans mean there: enough to say who should be in."""
    mapped = PlanMapping.objects.filter(connection=OuterRef("connection")).order_by("pk")
    mapping = JSONObject(slug=F("plan__slug"), name=F("plan__name"), options=F("options"))
    return {"mapped": ArraySubquery(mapped.values(row=mapping))}


def give_names(syncs: Sequence[Sync]) -> None:
    """What the annotations give, for many rows of few connections: two queries in all."""
    places = {each.connection_id for each in syncs}
    remote: dict[int, list[dict[str, Any]]] = defaultdict(list)
    mapped: dict[int, list[dict[str, Any]]] = defaultdict(list)
    there = RemoteName.objects.filter(connection__in=places).order_by("pk")
    there = there.exclude(Q(kind="tag") & Q(connection__kind=ConnectionKind.KIT))
    for there_at, kind, remote_id, name in there.values_list("connection_id", "kind", "remote_id", "name"):
        remote[there_at].append({"kind": kind, "id": remote_id, "name": name})
    mappings = PlanMapping.objects.filter(connection__in=places).order_by("pk")
    for there_at, slug, name, options in mappings.values_list(
        "connection_id", "plan__slug", "plan__name", "options"
    ):
        mapped[there_at].append({"slug": slug, "name": name, "options": options})
    for sync in syncs:
        sync.remote = remote[sync.connection_id]  # type: ignore[attr-defined]
        sync.mapped = mapped[sync.connection_id]  # type: ignore[attr-defined]


def names_at(sync: Sync) -> Names:
    """The names at the sync's connection; no names when it was read without the annotations."""
    mapped: list[dict[str, Any]] = getattr(sync, "mapped", None) or []
    known = _by_plan(mapped)
    known |= {(each["kind"], each["id"]): each["name"] for each in getattr(sync, "remote", None) or []}
    return Names(known, {each["slug"]: each["options"] for each in mapped})


def _by_plan(mapped: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    """Until the provider was asked: the plan that leads there, when it is one plan only."""
    found: dict[tuple[str, str], set[str]] = {}
    for each in mapped:
        for option, kind in _OPTIONS.items():
            for ref in each["options"].get(option, []):
                found.setdefault((kind, str(ref)), set()).add(each["name"])
    return {key: names.pop() for key, names in found.items() if len(names) == 1}
