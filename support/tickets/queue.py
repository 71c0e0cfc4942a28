"""The order in which tickets are answered: blocked access first, then money, then age."""

from django.db.models import BooleanField, F, OrderBy, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL

from customers import normalise
from customers.models import Customer
from integrations.models import OneTimeEffect, Sync
from support.desks import outside
from support.desks.unchecked import places_of
from support.ids import number_in
from support.models import Ticket, TicketStatus
from support.screen.naming import annotated_with_mappings, annotated_with_names
from support.tickets import money

ORDER: tuple[OrderBy, ...] = (
    F("blocked").desc(),
    F("monthly").desc(nulls_last=True),
    F("opened_at").asc(),
    F("pk").asc(),
)
NEWEST_CLOSED: tuple[OrderBy, ...] = (F("closed_at").desc(nulls_first=True), F("pk").desc())
SHOW = {
    "open": "Open",
    "mine": "Mine",
    "unassigned": "Unassigned",
    "answered": "Answered",
    "closed": "Closed",
    "all": "All",
}


def with_people(tickets: QuerySet[Ticket], *, by_name: bool = False) -> QuerySet[Ticket]:
    """With what the tags, the failures and the order are computed from: two more queries, however many.

    `by_name` adds what the providers call their groups and tags: for one ticket, not for a list.
    """
    names = annotated_with_names() if by_name else annotated_with_mappings()
    syncs = Sync.objects.select_related("connection").annotate(**names)
    syncs = syncs.order_by("connection__kind", "connection__slug")
    welcomes = OneTimeEffect.objects.filter(kind="welcome", done_at__isnull=False)
    return (
        tickets.select_related("customer__plan", "assignee")
        .prefetch_related(
            Prefetch("customer__syncs", queryset=syncs),
            Prefetch("customer__one_time_effects", queryset=welcomes, to_attr="welcomes"),
        )
        .annotate(blocked=_blocked(), unchecked=places_of("support_ticket.customer_id"), **money.of_ticket())
    )


def _blocked() -> RawSQL:
    """Paid but outside, as the desk has it."""
    condition = outside.is_outside_sql("support_ticket.customer_id")
    return RawSQL(condition, (), output_field=BooleanField())  # noqa: S611


def shown(tickets: QuerySet[Ticket], show: str, *, to: int) -> QuerySet[Ticket]:
    """One of the lists of SHOW, for the user `to`."""
    conditions = {
        "open": Q(status=TicketStatus.OPEN),
        "mine": Q(assignee_id=to) & ~Q(status=TicketStatus.CLOSED),
        "unassigned": Q(assignee__isnull=True) & ~Q(status=TicketStatus.CLOSED),
        "answered": Q(status=TicketStatus.ANSWERED),
        "closed": Q(status=TicketStatus.CLOSED),
    }
    return tickets.filter(conditions.get(show, Q()))


def found(tickets: QuerySet[Ticket], words: str) -> QuerySet[Ticket]:
    """By number, by the whole e-mail, or by the beginning of the person's name."""
    asked = words.strip().removeprefix("#")
    if not asked:
        return tickets
    number = number_in(asked)
    if number is not None:
        return tickets.filter(pk=number)
    # Whom it means first: an OR over two tables would read all tickets.
    address = normalise.email(asked)
    if address:
        people = list(Customer.objects.filter(email=address).values_list("pk", flat=True))
        return tickets.filter(Q(email=address) | Q(customer_id__in=people))
    return tickets.filter(customer__name__istartswith=asked)
