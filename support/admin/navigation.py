"""The sidebar: what staff can go to, with what waits for them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from support.desks import outside

AT_MOST = 100  # a sidebar says "99+", it does not count


@dataclass(frozen=True)
class Entry:
    """One line of the sidebar."""

    label: str
    url: str
    current: bool = False
    waiting: str = ""
    urgent: bool = False


@dataclass(frozen=True)
class Group:
    label: str
    entries: list[Entry]


@dataclass(frozen=True)
class Menu:
    home: bool
    groups: list[Group]

    def waiting(self) -> list[Entry]:
        """Entries behind which something waits for a person."""
        return [entry for group in self.groups for entry in group.entries if entry.waiting]


@dataclass(frozen=True)
class Line:
    """A place to go: a desk's address or a model's list, for whoever has one of the rights."""

    label: str
    name: str
    rights: tuple[str, ...] = ()
    counts: str = ""
    calm: bool = False

    @property
    def path(self) -> str:
        """Empty while the place is not there."""
        name = self.name if ":" in self.name else f"admin:{self.name.replace('.', '_')}_changelist"
        try:
            return reverse(name)
        except NoReverseMatch:
            return ""

    @property
    def needs(self) -> tuple[str, ...]:
        app, _, model = self.name.partition(".")
        return self.rights or (f"{app}.view_{model}",)


OUTSIDE = ("customers.view_customer+integrations.view_sync",)
DEAD = ("integrations.view_sync", "billing.view_stripeevent")
_MENU = {
    "People": [
        Line("Customers", "customers.customer"),
        Line("Paid but outside", "desks:paid-but-outside", OUTSIDE, "outside"),
        Line("Tickets", "support.ticket", counts="tickets", calm=True),
    ],
    "Repair": [
        Line("Dead letters", "desks:dead-letters", DEAD, "dead"),
        Line("Review list", "customers.reviewitem", counts="reviews", calm=True),
        Line("Alerts", "support.alert", counts="alerts"),
    ],
    "Plumbing": [
        Line("Connections", "integrations.connection"),
        Line("Plans and mapping", "integrations.planmapping"),
        Line("Prices", "billing.price"),
        Line("Stripe events", "billing.stripeevent"),
        Line("Syncs", "integrations.sync"),
    ],
    "Record": [
        Line("Lifecycle", "customers.lifecycleevent"),
        Line("Attempts", "integrations.syncattempt"),
        Line("One-time effects", "integrations.onetimeeffect"),
        Line("Audit", "support.auditentry"),
    ],
    "Staff": [Line("Users", "auth.user"), Line("Groups", "auth.group")],
}
_WAITING = """
(SELECT 'alerts' FROM support_alert WHERE closed_at IS NULL LIMIT %(most)s)
UNION ALL (SELECT 'dead' FROM integrations_sync WHERE status = 'dead_letter' LIMIT %(most)s)
UNION ALL (SELECT 'dead' FROM billing_stripeevent WHERE status = 'dead_letter' LIMIT %(most)s)
UNION ALL (SELECT 'reviews' FROM customers_reviewitem WHERE settled_at IS NULL LIMIT %(most)s)
UNION ALL (SELECT 'tickets' FROM support_ticket WHERE status = 'open' LIMIT %(most)s)
"""


def waiting() -> Counter[str]:
    """How much waits for a person behind each line, capped: one query."""
    outside_of, parameters = outside.count_sql(most=AT_MOST)
    with connection.cursor() as cursor:
        cursor.execute(f"{_WAITING} UNION ALL ({outside_of})", parameters)
        return Counter(kind for (kind,) in cursor.fetchall())


def menu(request: HttpRequest) -> Menu:
    """What this person may see, the open page marked; read once per request."""
    known: Menu | None = getattr(request, "_back_office_menu", None)
    if known is None:
        counts = waiting() if request.user.is_staff else Counter()
        found = (Group(label, list(_entries(request, lines, counts))) for label, lines in _MENU.items())
        known = Menu(
            home=request.path == reverse("admin:index"), groups=[each for each in found if each.entries]
        )
        request._back_office_menu = known  # type: ignore[attr-defined]
    return known


def _entries(request: HttpRequest, lines: list[Line], counts: Counter[str]) -> Iterator[Entry]:
    for line in lines:
        path = line.path  # looked up once: it costs more than all the rest
        if path and any(request.user.has_perms(each.split("+")) for each in line.needs):
            waits = counts[line.counts] if line.counts else 0
            yield Entry(
                label=line.label,
                url=path,
                current=request.path.startswith(path),
                waiting=f"{AT_MOST - 1}+" if waits >= AT_MOST else str(waits or ""),
                urgent=not line.calm,
            )
