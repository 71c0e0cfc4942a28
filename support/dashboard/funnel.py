"""From checkout to the accepted invitation: how far a day's buyers got, and why the rest did not."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from customers.vocabulary import Status
from integrations.models import WAITING, ConnectionKind, HoldReason, SyncStatus
from support.alerts.finding import rows, words
from support.dashboard.measuring import LET_IN

WINDOW = timedelta(hours=24)
NEWEST = 20_000  # checkouts looked at, newest first; a busier day is judged by these
MOST_CAUSES = 4
GOT_THERE = "got there"
NO_PLAN = "what they bought is no plan yet: see the review list"
NAMED = 50  # people of each group whom the page behind a step lists

# What came before the checkout was opened does not count as its success.
_BUYERS = f"""
WITH buyer AS (
    SELECT coalesce(session.customer_id, known.customer_id) AS id, min(session.created_at) AS began
    FROM (SELECT * FROM billing_checkoutsession ORDER BY id DESC LIMIT {NEWEST}) AS session
    LEFT JOIN billing_stripecustomer known ON known.id = session.stripe_customer_id
    WHERE session.completed_at >= %(since)s GROUP BY 1
), far AS (
    SELECT customer.id, customer.status, customer.has_access, circle.status AS circle,
           circle.why AS circle_why, kit.status AS kit, kit.why AS kit_why,
           coalesce(kit.no_mail, false) AS no_mail,
           coalesce(circle.accepted, false) AS accepted,
           (customer.has_access AND circle.status = 'in_sync') OR EXISTS (
               SELECT FROM integrations_syncattempt tried
               WHERE tried.customer_id = buyer.id AND tried.finished_at >= buyer.began
                 AND {LET_IN.format("tried")}
           ) AS let_in,
           EXISTS (
               SELECT FROM integrations_onetimeeffect sent
               WHERE sent.customer_id = buyer.id AND sent.kind = 'welcome' AND sent.done_at >= buyer.began
           ) AS welcomed
    FROM buyer JOIN customers_customer customer ON customer.id = buyer.id
    LEFT JOIN LATERAL (<sync of circle>) AS circle ON true
    LEFT JOIN LATERAL (<sync of kit>) AS kit ON true
)
SELECT status, has_access, circle, circle_why, kit, kit_why, no_mail, accepted, let_in, welcomed,
       (array_agg(id ORDER BY id DESC))[:{NAMED}], count(*)
FROM far GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""  # noqa: S608 - a number and SQL of ours
_SYNC = """
SELECT sync.status, coalesce(nullif(sync.explanation, ''), sync.reason) AS why,
       sync.observed -> 'accepted' = 'true' AS accepted,
       sync.suppressed_at IS NOT NULL OR sync.observed -> 'suppressed' = 'true' AS no_mail
FROM integrations_sync sync JOIN integrations_connection link ON link.id = sync.connection_id
WHERE sync.customer_id = buyer.id AND link.kind = '{}' AND link.mode = 'live'
ORDER BY sync.status = 'in_sync', sync.id LIMIT 1
"""
_STATEMENT = _BUYERS.replace("<sync of circle>", _SYNC.format("circle")).replace(
    "<sync of kit>", _SYNC.format("kit")
)
_LIVE = "SELECT DISTINCT kind FROM integrations_connection WHERE mode = 'live'"


@dataclass(frozen=True)
class _Group:
    """Buyers who got equally far."""

    status: str
    has_access: bool
    circle: str | None
    circle_why: str | None
    kit: str | None
    kit_why: str | None
    no_mail: bool
    accepted: bool
    let_in: bool
    welcomed: bool
    ids: list[int]
    people: int

    def outside(self) -> str:
        """Why they are not let in."""
        if not self.has_access:
            if self.status == Status.LEAD:
                return "payment not confirmed yet"
            paying = self.status in (Status.ACTIVE, Status.TRIALING, Status.PAID_IN_FULL)
            return NO_PLAN if paying else f"{Status(self.status).label.lower()} by now"
        return _why(self.circle, self.circle_why)

    def unwelcomed(self) -> str:
        """Why they got no welcome."""
        if self.no_mail:
            return "opted out of mail"
        return "no welcome is due" if self.kit == SyncStatus.IN_SYNC else _why(self.kit, self.kit_why)


def count(now: datetime) -> dict[str, Any]:
    """The steps as `{"steps": [{"label", "count", "causes": [[words, count], ...], "who"}, ...]}`.

    `who` are ids of people, the newest first: [[words, ids], ...] of those who stopped, then of those who
    got there. A step without a live connection is left out. Accepted means: as Circle last told us.
    """
    live = {kind for (kind,) in rows(_LIVE)}
    buyers = [_Group(*row) for row in rows(_STATEMENT, since=now - WINDOW)]
    steps = [_step("Checkout completed", buyers, [])]
    if ConnectionKind.CIRCLE in live:
        outside = [(each.outside(), each) for each in buyers if not each.let_in]
        buyers = [each for each in buyers if each.let_in]
        steps.append(_step("Access granted", buyers, outside))
    if ConnectionKind.KIT in live:
        unwelcomed = [(each.unwelcomed(), each) for each in buyers if not each.welcomed]
        steps.append(_step("Welcome sent", [each for each in buyers if each.welcomed], unwelcomed))
    if ConnectionKind.CIRCLE in live:
        waiting = [("they have not accepted it yet", each) for each in buyers if not each.accepted]
        steps.append(_step("Invitation accepted", [each for each in buyers if each.accepted], waiting))
    return {"steps": steps}


def _step(label: str, reached: Iterable[_Group], dropped: Iterable[tuple[str, _Group]]) -> dict[str, Any]:
    there = list(reached)
    causes: Counter[str] = Counter()
    stopped: dict[str, list[int]] = {}
    for cause, group in dropped:
        causes[cause] += group.people
        stopped.setdefault(cause, []).extend(group.ids)
    shown = causes.most_common(MOST_CAUSES)
    if rest := causes.total() - sum(people for _, people in shown):
        shown.append(("other causes", rest))
    got_there = [pk for group in there for pk in group.ids]
    who = [(cause, _newest(stopped[cause])) for cause, _ in causes.most_common()]
    return {
        "label": label,
        "count": sum(each.people for each in there),
        "causes": shown,
        "who": [*who, (GOT_THERE, _newest(got_there))],
    }


def _newest(ids: list[int]) -> list[int]:
    return sorted(ids, reverse=True)[:NAMED]


def _why(status: str | None, why: str | None) -> str:
    if status is None:
        return "not connected yet"
    if why in HoldReason.values:
        return HoldReason(why).label
    return words(why) if why else "on its way" if status in WAITING else "nothing to do there"
