"""Customers as a CSV file: the list with its filters, written as it is read, safe in a spreadsheet."""

import csv
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.db.models import QuerySet, Value
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from customers.models import Customer
from customers.vocabulary import Status
from support import audit
from support.admin.filters import SyncHealth
from support.admin.reauth import confirm_first
from support.admin.typed import reason_of
from support.ids import number_in

PAGE = 2000
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it Excel reads UTF-8 as something else
# What a spreadsheet takes for a formula, in every width; https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "−")  # noqa: RUF001
COLUMNS = (
    *("id", "email", "name", "country", "status", "plan", "interval", "has_access", "access_until"),
    *("support_tier", "external_id", "created_at"),
)

CHOICES: dict[str, Callable[[str], bool]] = {
    "status__exact": lambda value: value in Status.values,
    "plan__id__exact": lambda value: number_in(value) is not None,
    "has_access__exact": lambda value: value in ("0", "1"),
    "sync": lambda value: value in SyncHealth.MEANING,
}


class Echo:
    """A file whose `write` gives the line back."""

    def write(self, line: str) -> str:
        return line


@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """Everybody whom the list would show with these filters; the file begins before all is read."""
    if not request.user.has_perms(["customers.view_customer", "customers.export_customer"]):
        raise PermissionDenied
    asked = confirm_first(request)
    if asked:
        return asked
    assert isinstance(request.user, AbstractUser)
    people = _listed(request)
    with transaction.atomic():
        audit.record(
            "export_customers",
            "customer:many",
            by=request.user,
            reason=reason_of(request),
            change=({}, _asked_for(request)),
        )
    name = f"customers-{timezone.now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(lines(people), content_type="text/csv; charset=utf-8", headers=headers)


def lines(people: QuerySet[Customer]) -> Iterator[str]:
    """The file line by line, the newest person first, a page of rows in memory at a time."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield BOM + str(writer.writerow(COLUMNS))
    # What the list's labels need is looked up for nobody here: the file says what we decided.
    bare = people.prefetch_related(None).annotate(unchecked=Value(""))
    for customer in _pages(bare.select_related("plan").order_by("-pk")):
        yield str(writer.writerow([safe(cell) for cell in _cells(customer)]))


def safe(value: object) -> str:
    """The text of a cell; one that a spreadsheet would run gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" \N{NO-BREAK SPACE}").startswith(FORMULA) else text


def _listed(request: HttpRequest) -> QuerySet[Any]:
    """The rows of the list at this address, as the list itself finds them. Raises: BadRequest."""
    try:
        changelist = admin.site.get_model_admin(Customer).get_changelist_instance(request)
        found: QuerySet[Any] = changelist.get_queryset(request)
    except IncorrectLookupParameters:
        raise BadRequest("The list has no such filter; open it again.") from None
    return found


def _asked_for(request: HttpRequest) -> dict[str, object]:
    """The filters for the record, which nobody can erase: choices of the list only, of all else the name.

    The list has refused names that are not its own, but any word may stand as a value.
    """
    given = request.GET
    filters = {name: given[name] for name in sorted(given) if name in CHOICES and CHOICES[name](given[name])}
    others = sorted(set(given) - set(filters) - {"q", "p"})
    return {"filters": filters, "searched": "q" in given} | ({"others": others} if others else {})


def _pages(people: QuerySet[Customer]) -> Iterable[Customer]:
    # By key, not by a cursor: a slow download must not keep a transaction open.
    page = [*people[:PAGE]]
    while page:
        yield from page
        page = [*people.filter(pk__lt=page[-1].pk)[:PAGE]]


def _cells(customer: Customer) -> tuple[object, ...]:
    return (
        customer.pk,
        customer.email,
        customer.name,
        customer.country,
        customer.get_status_display(),
        customer.plan.name if customer.plan else "",
        customer.interval,
        "yes" if customer.has_access else "no",
        customer.access_until.isoformat() if customer.access_until else "",
        customer.support_tier,
        customer.external_id,
        customer.created_at.isoformat(),
    )
