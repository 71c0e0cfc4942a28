"""Who is entitled to a Circle that is not live: nothing is sent there, so nobody knows who is in."""

from dataclasses import dataclass

from customers.vocabulary import Status
from integrations.models import Mode
from support.alerts.finding import rows
from support.desks.outside import COUNTED, ENTITLED_AT, LOOKED_AT
from support.health import NOT_LIVE
from support.screen.naming import place

# All statuses are named only so that the index of status and access finds who has access.
_COUNTED = f"""
SELECT c.id, c.kind, c.slug, c.mode, (
    SELECT count(*) FROM (
        SELECT FROM (SELECT grants FROM customers_customer
                      WHERE status = ANY (%(statuses)s) AND has_access LIMIT %(looked_at)s) p
        WHERE {ENTITLED_AT.format(connection="c.id")}
        LIMIT %(most)s) few)
FROM integrations_connection c WHERE c.kind = 'circle' AND c.mode <> 'live' ORDER BY c.slug
"""  # noqa: S608 - SQL of ours


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
