"""Who may write: nobody while the catalogue changes, else one at a time for each Stripe object and person.

Everybody takes these locks in this order (catalogue, objects, people) and before any other row, so writers
wait for each other and never for each other's locks.
"""

from collections.abc import Iterable

from django.db import connection

from customers.models import Customer

CATALOGUE = 7_210_531  # the key of the one lock that writers of facts share

_TAKE = "SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest(%s::text[]) AS id"


def catalogue() -> None:
    """Wait until nobody writes facts by the catalogue as it was, nor changes it; the next ones wait for us.

    Whoever then looks for people to follow a change finds all who were written before it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CATALOGUE])


def catalogue_stays() -> None:
    """Wait until nobody changes the catalogue; who wants to change it waits for us.

    For whoever makes somebody a holder of a plan: the next change then finds them.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [CATALOGUE])


def objects(ids: Iterable[str]) -> None:
    """Wait until nobody else writes facts of these Stripe objects, known to us or not yet."""
    catalogue_stays()
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [sorted(set(filter(None, ids)))])


def people(ids: Iterable[int]) -> None:
    """Wait until nobody else writes what these people hold."""
    list(Customer.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk").values_list("pk"))
