"""Paid but outside: who is entitled to Circle and not confirmed there, the longest waiting first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection as database
from django.db.models import Count

from integrations.models import Sync, SyncStatus
from support.health import WHY_PAUSED
from support.screen.naming import place

LOOKED_AT: Final = 20_000  # of those that wait longest; a bulk change makes everybody wait for a while
COUNTED: Final = 1_000
PAGE: Final = 50

# Access there is groups and spaces; tags are not. What was last computed decides, unless a gain came later.
ENTITLED_AT: Final = """EXISTS (
    SELECT FROM integrations_planmapping m JOIN customers_plan plan ON plan.id = m.plan_id
    WHERE m.connection_id = {connection} AND plan.slug = ANY (p.grants)
      AND (jsonb_path_exists(m.options, '$.access_groups[*]') OR jsonb_path_exists(m.options, '$.spaces[*]'))
)"""
MISSES_ACCESS: Final = f"""p.has_access AND {ENTITLED_AT.format(connection="s.connection_id")}
  AND (s.desired = '{{}}' OR (s.priority = 1 AND s.applied_version < s.desired_version
                            AND s.status IN ('pending', 'running') AND s.first_failed_at IS NULL)
    OR EXISTS (SELECT FROM jsonb_array_elements_text(coalesce(s.desired -> 'groups', '[]')) AS want
               WHERE coalesce(s.observed -> 'groups' ->> want, '') <> 'in')
    OR EXISTS (SELECT FROM jsonb_array_elements_text(coalesce(s.desired -> 'spaces', '[]')) AS want
               WHERE coalesce(s.observed -> 'spaces' ->> want, '') <> 'in'))
"""  # noqa: S608 - SQL of ours
_UNDER_WAY = "s.status IN ('pending', 'running', 'retrying', 'dead_letter')"
_HELD = "s.status = 'on_hold' AND s.reason <> 'shadow'"
_LIVE = "c.kind = 'circle' AND c.mode = 'live'"
_OUTSIDE = f"""
FROM (
    SELECT waits.* FROM integrations_connection c CROSS JOIN LATERAL (
        (SELECT <columns> FROM integrations_sync s
          WHERE s.connection_id = c.id AND s.due_since IS NOT NULL AND {_UNDER_WAY}
          ORDER BY s.due_since LIMIT %(looked_at)s)
        UNION ALL
        (SELECT <columns> FROM integrations_sync s
          WHERE s.connection_id = c.id AND {_HELD}
          ORDER BY s.due_since LIMIT %(looked_at)s)
    ) waits WHERE {_LIVE}
) s JOIN customers_customer p ON p.id = s.customer_id
WHERE {MISSES_ACCESS}
""".replace(  # noqa: S608
    "<columns>",
    "s.id, s.customer_id, s.connection_id, s.status, s.priority, s.desired, s.observed, s.due_since, "
    "s.desired_version, s.applied_version, s.first_failed_at",
)
_FOUND = f"SELECT s.id, s.customer_id {_OUTSIDE} ORDER BY s.due_since NULLS LAST, s.id LIMIT %(most)s"


@dataclass(frozen=True)
class Outside:
    """Everybody who is outside, as far as they are counted."""

    sync_ids: Sequence[int]
    customer_ids: Sequence[int]

    @property
    def count(self) -> int:
        return min(len(self.customer_ids), COUNTED)

    @property
    def more(self) -> bool:
        return len(self.customer_ids) > COUNTED

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // PAGE))


def everybody() -> Outside:
    """Their ids, the longest waiting first: one query."""
    with database.cursor() as cursor:
        cursor.execute(_FOUND, {"looked_at": LOOKED_AT, "most": COUNTED + 1})
        found = cursor.fetchall()
    return Outside([sync for sync, _ in found], [person for _, person in found])


def page(found: Outside, number: int) -> list[Sync]:
    """One page of syncs with their person and connection: one query. Pages count from 1."""
    ids = found.sync_ids[:COUNTED][PAGE * (number - 1) : PAGE * number]
    syncs = Sync.objects.select_related("customer__plan", "connection").in_bulk(ids)
    return [syncs[each] for each in ids if each in syncs]


@dataclass(frozen=True)
class Paused:
    """A connection that nothing goes through until somebody opens it, and how many wait for it."""

    connection_id: int
    place: str
    reason: str
    people: int
    more: bool  # not everybody who is outside was counted

    @property
    def sentence(self) -> str:
        """E.g. "Circle is paused (by staff): 12 people wait for it."."""
        why = WHY_PAUSED.get(self.reason, self.reason.replace("_", " "))
        count = f"{self.people:,}{' or more' if self.more else ''}"
        wait = "person waits" if count == "1" else "people wait"
        return f"{self.place} is paused ({why}): {count} {wait} for it."


def paused(found: Outside) -> list[Paused]:
    """What is paused while people wait for it, on all pages together: one query. Who is on hold does not."""
    waiting = Sync.objects.filter(pk__in=found.sync_ids[:COUNTED], connection__paused_at__isnull=False)
    at = ("connection", "connection__kind", "connection__slug", "connection__pause_reason")
    counted = waiting.exclude(status=SyncStatus.ON_HOLD).order_by("connection__slug").values_list(*at)
    return [
        Paused(pk, place(kind, slug), reason, people, found.more)
        for pk, kind, slug, reason, people in counted.annotate(people=Count("pk"))
    ]


def is_outside_sql(customer_id: str) -> str:
    """The same of one person, as a condition on the named column; without `due_since`, which only orders.

    OFFSET 0 has it looked up for each person: else everybody outside may be computed for one page of rows.
    """
    return f"""EXISTS (
    SELECT FROM integrations_sync s JOIN integrations_connection c ON c.id = s.connection_id
    JOIN customers_customer p ON p.id = s.customer_id
    WHERE s.customer_id = {customer_id} AND {_LIVE} AND ({_UNDER_WAY} OR {_HELD}) AND {MISSES_ACCESS}
    OFFSET 0)"""


def count_sql(*, most: int) -> tuple[str, dict[str, int]]:
    """For the sidebar: at most `most` rows of those who wait longest."""
    return f"SELECT 'outside' {_OUTSIDE} LIMIT %(most)s", {"looked_at": most * 10, "most": most}


@dataclass(frozen=True)
class Step:
    """What to do next for one person: a button (for who has `right`), a link (`url`), or only words."""

    words: str
    url: str = ""
    right: str = ""
    until: datetime | None = None
