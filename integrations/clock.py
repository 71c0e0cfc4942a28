"""Customers whose state changes by the clock alone: the lane that looks at them when their time has come."""

from django.db.models.functions import Now

from customers import lifecycle
from customers.models import Customer
from customers.vocabulary import CauseKind
from integrations.engine.claim import database_now
from integrations.lanes import Handed

_handed = Handed()


def claim(most: int) -> list[int]:
    """Ids of customers whose next check is due."""
    due = Customer.objects.filter(next_check_at__lte=Now()).order_by("next_check_at")
    return _handed.take_due(due, most=most)


def run(customer_id: int) -> None:
    """Derive the customer's state as of now."""
    lifecycle.recompute(customer_id, now=database_now(), cause=lifecycle.Cause(CauseKind.CLOCK))
    _handed.done(customer_id)
