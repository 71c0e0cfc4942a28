"""Who may write: one transaction at a time for each Stripe object, then for each person.

Everybody takes these locks in this order and before any other row, so writers wait for each other
and never for each other's locks.
"""

from collections.abc import Iterable

from django.db import connection

from customers.models import Customer

_TAKE = "SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest(%s::text[]) AS id"


def objects(ids: Iterable[str]) -> None:
    """Wait until nobody else writes facts of these Stripe objects, known to us or not yet."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [sorted(set(filter(None, ids)))])


def people(ids: Iterable[int]) -> None:
    """Wait until nobody else writes what these people hold."""
    list(Customer.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk").values_list("pk"))
