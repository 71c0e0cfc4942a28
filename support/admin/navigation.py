"""The sidebar: what staff can go to, with what waits for them."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Value
from django.http import HttpRequest
from django.urls import reverse

from billing.models import EventStatus, StripeEvent
from customers.models import ReviewItem
from integrations.models import Sync, SyncStatus
from support.models import Alert

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


# label, model, query, what waits there
_DEAD = "status__exact=dead_letter"
_MENU = {
    "People": [("Customers", "customers.customer", "", "")],
    "Repair": [
        ("Alerts", "support.alert", "", "alerts"),
        ("Dead letters", "integrations.sync", _DEAD, "syncs"),
        ("Failed events", "billing.stripeevent", _DEAD, "events"),
        ("Review list", "customers.reviewitem", "", "reviews"),
    ],
    "Plumbing": [
        ("Connections", "integrations.connection", "", ""),
        ("Plans", "customers.plan", "", ""),
        ("Prices", "billing.price", "", ""),
        ("Plan mapping", "integrations.planmapping", "", ""),
        ("Stripe events", "billing.stripeevent", "", ""),
        ("Syncs", "integrations.sync", "", ""),
    ],
    "Record": [
        ("Lifecycle", "customers.lifecycleevent", "", ""),
        ("Attempts", "integrations.syncattempt", "", ""),
        ("One-time effects", "integrations.onetimeeffect", "", ""),
        ("Audit", "support.auditentry", "", ""),
    ],
    "Staff": [("Users", "auth.user", "", ""), ("Groups", "auth.group", "", "")],
}


def waiting() -> Counter[str]:
    """How many alerts, syncs, events and doubts wait for a person, each capped: one query."""
    dead_syncs = Sync.objects.filter(status=SyncStatus.DEAD_LETTER).order_by()
    dead_events = StripeEvent.objects.filter(status=EventStatus.DEAD_LETTER).order_by()
    reviews = ReviewItem.objects.filter(settled_at__isnull=True).order_by()
    alerts = Alert.objects.filter(closed_at__isnull=True).order_by()
    kinds = [(alerts, "alerts"), (dead_syncs, "syncs"), (dead_events, "events"), (reviews, "reviews")]
    first, *rest = (rows.values_list(Value(kind))[:AT_MOST] for rows, kind in kinds)
    return Counter(kind for (kind,) in first.union(*rest, all=True))


def menu(request: HttpRequest) -> Menu:
    """What this person may see, the open page marked; read once per request."""
    known: Menu | None = getattr(request, "_back_office_menu", None)
    if known is None:
        counts = waiting() if request.user.is_staff else Counter()
        found = (
            Group(label, [_entry(request, line, counts) for line in lines if _may_see(request, line[1])])
            for label, lines in _MENU.items()
        )
        known = Menu(
            home=request.path == reverse("admin:index"), groups=[each for each in found if each.entries]
        )
        request._back_office_menu = known  # type: ignore[attr-defined]
    return known


def _may_see(request: HttpRequest, model: str) -> bool:
    app, name = model.split(".")
    return request.user.has_perm(f"{app}.view_{name}")


def _entry(request: HttpRequest, line: tuple[str, str, str, str], counts: Counter[str]) -> Entry:
    label, model, query, kind = line
    path = reverse(f"admin:{model.replace('.', '_')}_changelist")
    waits = counts[kind] if kind else 0
    return Entry(
        label=label,
        url=f"{path}?{query}" if query else path,
        current=_is_current(request, path, query),
        waiting=f"{AT_MOST - 1}+" if waits >= AT_MOST else str(waits or ""),
        urgent=kind != "reviews",
    )


def _is_current(request: HttpRequest, path: str, query: str) -> bool:
    if not request.path.startswith(path):
        return False
    dead = _DEAD in request.META.get("QUERY_STRING", "")
    return dead if query else not (dead and _has_dead_letters(path))


def _has_dead_letters(path: str) -> bool:
    return path.endswith(("/sync/", "/stripeevent/"))
