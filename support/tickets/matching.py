"""Whose ticket it is: by exactly the same e-mail, or as staff decide."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection

from customers import normalise
from customers.models import Customer
from support import audit
from support.models import Match
from support.tickets.changing import NotPossible, changing

# Somebody may ask before they are known here, e.g. while their payment is being read.
_MATCH_LATE = """
UPDATE support_ticket t SET customer_id = c.id, match = 'email'
FROM customers_customer c
WHERE t.match = 'nobody' AND t.email <> '' AND t.status <> 'closed' AND c.email = t.email
"""


def person_with(email: str) -> Customer | None:
    """The one person of this e-mail; likeness is no match."""
    address = normalise.email(email)
    return Customer.objects.select_related("plan").filter(email=address).first() if address else None


def match_late() -> int:
    """Match open tickets of nobody whose e-mail is known by now; what staff unlinked stays unlinked."""
    with connection.cursor() as cursor:
        cursor.execute(_MATCH_LATE)
        matched: int = cursor.rowcount
    return matched


def link(ticket_id: int, customer: Customer, *, by: AbstractBaseUser) -> None:
    """Say whose it is. Raises: NotPossible when it is somebody's already."""
    with changing(ticket_id) as ticket:
        if ticket.customer_id == customer.pk:
            return
        if ticket.customer_id:
            raise NotPossible("This ticket belongs to somebody else: unlink it first.")
        before = {"customer": None, "match": ticket.match}
        ticket.customer, ticket.match = customer, Match.HAND
        ticket.save(update_fields=["customer", "match"])
        audit.record(
            "link_ticket", ticket, by=by, change=(before, {"customer": customer.pk, "match": Match.HAND})
        )


def unlink(ticket_id: int, *, by: AbstractBaseUser) -> None:
    """Say that it is not theirs; nothing matches it again by itself."""
    with changing(ticket_id) as ticket:
        if ticket.customer_id is None:
            return
        before = {"customer": ticket.customer_id, "match": ticket.match}
        ticket.customer, ticket.match = None, Match.UNLINKED
        ticket.save(update_fields=["customer", "match"])
        audit.record(
            "unlink_ticket", ticket, by=by, change=(before, {"customer": None, "match": Match.UNLINKED})
        )
