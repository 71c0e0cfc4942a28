"""Who is entitled to a Circle that is not live: nothing is sent there, so nobody knows who is in."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import JSONField
from django.db.models.expressions import RawSQL

from customers.vocabulary import Status
from integrations.models import Mode
from support.alerts.finding import rows
from support.desks.outside import COUNTED, ENTITLED_AT, LOOKED_AT
from support.health import NOT_LIVE
from support.screen.naming import place

_NOT_LIVE = "c.kind = 'circle' AND c.mode <> 'live'"
# All statuses are named only so that the index of status and access finds who has access.
_COUNTED = f"""
SELECT c.id, c.kind, c.slug, c.mode, (
    SELECT count(*) FROM (
        SELECT FROM (SELECT grants FROM customers_customer
                      WHERE status = ANY (%(statuses)s) AND has_access LIMIT %(looked_at)s) p
        WHERE {ENTITLED_AT.format(connection="c.id")}
        LIMIT %(most)s) few)
FROM integrations_connection c WHERE {_NOT_LIVE} ORDER BY c.slug
"""  # noqa: S608 - SQL of ours
_OF_ONE = f"""(
SELECT coalesce(jsonb_agg(jsonb_build_object('kind', c.kind, 'slug', c.slug, 'mode', c.mode)
                          ORDER BY c.slug), '[]')
FROM customers_customer p JOIN integrations_connection c ON {_NOT_LIVE}
WHERE p.id = <person> AND p.has_access AND {ENTITLED_AT.format(connection="c.id")})
"""  # noqa: S608


@dataclass(frozen=True)
class Unchecked:
    """A connection that is not live, and how many are entitled there (at most one more than is counted)."""

    connection_id: int
    place: str
    mode: Mode
    people: int

    @property
    def sentence(self) -> str:
        """E.g. "Circle is in shadow mode: 12 people are not checked."."""
        count = f"{COUNTED:,} or more" if self.people > COUNTED else f"{self.people:,}"
        people = "person is" if self.people == 1 else "people are"
        return f"{self.place} {NOT_LIVE[self.mode]}: {count} {people} not checked."


def unchecked() -> list[Unchecked]:
    """Only where somebody is entitled: one query."""
    bounds = {"statuses": Status.values, "looked_at": LOOKED_AT, "most": COUNTED + 1}
    return [
        Unchecked(pk, place(kind, slug), Mode(mode), people)
        for pk, kind, slug, mode, people in rows(_COUNTED, **bounds)
        if people
    ]


def places_of(customer_id: str) -> RawSQL:
    """Annotation: where the person of the named column is one of those counted; each for `not_checked`."""
    return RawSQL(_OF_ONE.replace("<person>", customer_id), (), output_field=JSONField())  # noqa: S611


def not_checked(there: Mapping[str, str]) -> str:
    """E.g. "Circle is switched off: whether they are in is not checked."."""
    where = f"{place(there['kind'], there['slug'])} {NOT_LIVE[Mode(there['mode'])]}"
    return f"{where}: whether they are in is not checked."
