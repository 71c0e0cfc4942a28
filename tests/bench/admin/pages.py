"""What staff look at: every list with its pages, filters and searches, the customer screen, the desks."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse

from customers.models import Customer
from support.models import ReplayRun, Ticket
from support.screen.timeline import Cursor, Whose
from support.screen.timeline import page as timeline_page
from tests.bench.admin.destinations import busy

LIST_GOAL, SCREEN_GOAL = 300, 150  # milliseconds
SCREEN_QUERIES = 15
PEOPLE = 12  # whose screens are opened in turn
NAMES = {
    "a common first name": "anna",
    "one letter": "a",
    "a last name": "keller",
    "two beginnings": "ann kel",
}
NOBODY = {"nobody": "zzzz", "nobody's e-mail": "nobody@example.com"}


@dataclass(frozen=True)
class Page:
    """One address, or several of the same kind that are asked in turn; with `data` it is posted."""

    name: str
    paths: tuple[str, ...]
    data: Mapping[str, str] | None = None
    goal_ms: int = LIST_GOAL
    most_queries: int | None = None


def pages(founder: User) -> list[Page]:
    """All of them, for the database in use."""
    found = [*_lists(founder), *_rows(founder), *_combined(), *_searches(), *_screens(), *_desks()]
    return list({each.name: each for each in found}.values())


def _lists(founder: User) -> Iterator[Page]:
    """Every list that a founder may see: its first, second and last page, and each choice of each filter."""
    for model, options in admin.site._registry.items():
        path = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        request = _request(path, founder)
        if not options.has_view_permission(request):
            continue
        name = str(model._meta.verbose_name_plural)
        yield Page(name, (path,))
        shown = options.get_changelist_instance(request)
        last = shown.paginator.num_pages
        for number, word in ((2, "second page"), (last, "last page")):
            if 1 < number <= last:
                yield Page(f"{name}, {word}", (f"{path}?p={number}",))
        for spec in shown.filter_specs:
            for choice in spec.choices(shown):
                if not choice["selected"]:
                    kind = f"{name}, {spec.title}: {choice['display']}".lower()
                    yield Page(kind, (f"{path}{choice['query_string']}",))


def _rows(founder: User) -> Iterator[Page]:
    """The page of one row of each table, in the middle of it."""
    for model, options in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        ids = _spread(model._default_manager.order_by("pk").values_list("pk", flat=True))
        if model is not Customer and options.has_view_permission(_request("/", founder)) and ids:
            paths = tuple(reverse(name, args=[each]) for each in ids)
            yield Page(f"one of the {model._meta.verbose_name_plural}", paths)


def _request(path: str, founder: User) -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = founder
    return request


def _spread(ids: object) -> list[int]:
    """A dozen of them, from the first to the last."""
    first, last = (getattr(ids, each)() for each in ("first", "last"))
    if first is None or not isinstance(first, int):
        return []
    wanted = sorted({first + (last - first) * step // PEOPLE for step in range(PEOPLE + 1)})
    return [each for each in wanted if ids.filter(pk=each).exists()]  # type: ignore[attr-defined]


def _combined() -> Iterator[Page]:
    """Two filters at once, among them such that nobody matches."""
    people, syncs = (
        reverse(f"admin:{each}_changelist") for each in ("customers_customer", "integrations_sync")
    )
    yield Page(
        "customers, canceled with access: nobody", (f"{people}?status__exact=canceled&has_access__exact=1",)
    )
    yield Page("customers, leads with a plan: nobody", (f"{people}?status__exact=lead&plan__id__exact=1",))
    yield Page("customers, active with a dead letter", (f"{people}?status__exact=active&sync=dead_letter",))
    yield Page(
        "customers, leads in flight: nobody",
        (f"{people}?status__exact=lead&sync=in_flight&plan__id__exact=1",),
    )
    for connection in (2, 3):
        dead = f"{syncs}?status__exact=dead_letter&connection__id__exact={connection}"
        yield Page(f"syncs, dead letters of connection {connection}", (dead,))
    yield Page(
        "syncs, retrying at connection 3: none", (f"{syncs}?status__exact=retrying&connection__id__exact=3",)
    )


def _searches() -> Iterator[Page]:
    """The boxes of the lists, the page of results and the palette."""
    ids = _spread(Customer.objects.order_by("pk").values_list("pk", flat=True))
    people = list(Customer.objects.filter(pk__in=ids).order_by("pk"))
    mails, names = tuple(each.email for each in people), tuple(each.name for each in people)
    known = {"e-mail": mails, "whole name": names} | {
        f"{prefix}_ id": tuple(f"{prefix}_bench{pk}" for pk in ids) for prefix in ("cus", "sub", "cs", "evt")
    }
    known |= {word: (text,) for word, text in (NAMES | NOBODY).items()}
    lists = {
        "customers": "customers_customer",
        "stripe events": "billing_stripeevent",
        "tickets": "support_ticket",
    }
    for name, table in lists.items():
        path = reverse(f"admin:{table}_changelist")
        for kind, asked in known.items():
            if name == "customers" or (kind.endswith("_ id")) == (name == "stripe events"):
                yield Page(f"{name}, search: {kind}", tuple(_query(path, q=each) for each in asked))
    for kind, asked in (known | {"number": (str(ids[-1]),)}).items():
        for name, door in (("palette", "search:suggest"), ("search page", "search:page")):
            yield Page(f"{name}: {kind}", (reverse(door),), {"q": asked[len(asked) // 2]})


def _query(path: str, **asked: str) -> str:
    return f"{path}?{RequestFactory().get(path, asked).META['QUERY_STRING']}"


def _screens() -> Iterator[Page]:
    """The customer screen of a dozen people, its parts, and the older pages of those with a long history."""
    ids = _spread(Customer.objects.order_by("pk").values_list("pk", flat=True))
    screens = tuple(reverse("admin:customers_customer_change", args=[each]) for each in ids)
    yield _screen("", screens)
    for tab in ("stripe", "lifecycle", "sync", "ticket", "staff"):
        yield _screen(f", {tab}", tuple(f"{each}?show={tab}" for each in screens))
    for part in ("mark", "trace"):
        addresses = tuple(reverse(f"admin:customers_customer_{part}", args=[each]) for each in ids)
        yield Page(f"customer screen, {part}", addresses)
    long, older, oldest = [], [], []
    for each in busy(Customer.objects.count()):
        address = reverse("admin:customers_customer_change", args=[each])
        whose = Whose(each, [f"customer:{each}"])
        second = timeline_page(whose).older
        long.append(address)
        older.append(_query(address, before=second))
        oldest.append(_query(address, before=_last(whose, second)))
    yield _screen(", a long history", long)
    yield _screen(", an older page", older)
    yield _screen(", the oldest page", oldest)


def _screen(part: str, paths: Sequence[str]) -> Page:
    return Page(f"customer screen{part}", tuple(paths), goal_ms=SCREEN_GOAL, most_queries=SCREEN_QUERIES)


def _last(whose: Whose, cursor: str) -> str:
    while older := timeline_page(whose, before=Cursor.read(cursor)).older:
        cursor = older
    return cursor


def _desks() -> Iterator[Page]:
    """Dead letters with their filters and previews, who is outside, tickets, the front page."""
    front, desk, outside = (
        reverse("admin:index"),
        reverse("desks:dead-letters"),
        reverse("desks:paid-but-outside"),
    )
    yield Page("dashboard", (front,))
    yield Page("dashboard, 30 days", (f"{front}?span=day",))
    yield Page("paid but outside", (outside,))
    yield Page("paid but outside, second page", (f"{outside}?p=2",))
    yield Page("paid but outside, last page", (f"{outside}?p=11",))
    cause = "kind=syncs&connection=kit&cause=subscriber_limit"
    chosen = {
        "": "", ", syncs": "?kind=syncs", ", events": "?kind=events", ", of Circle": "?connection=circle",
        ", last hour": "?since=1h", ", last 7 days": "?since=7d", ", one cause": f"?{cause}",
    }  # fmt: skip
    for word, query in chosen.items():
        yield Page(f"dead letters{word}", (desk + query,))
    for door in ("replay", "set-aside"):
        for word, query in (("everything", ""), ("one cause", f"?{cause}")):
            yield Page(f"dead letters, {door} of {word}", (reverse(f"desks:{door}") + query,))
    runs = tuple(reverse("desks:run", args=[each]) for each in ReplayRun.objects.values_list("pk", flat=True))
    yield Page("a replay", runs)
    yield Page("all replays", (reverse("desks:replays"),))
    waiting = Ticket.objects.filter(status="open").order_by("pk").values_list("pk", flat=True)[:PEOPLE]
    yield Page(
        "an open ticket", tuple(reverse("admin:support_ticket_change", args=[each]) for each in waiting)
    )
