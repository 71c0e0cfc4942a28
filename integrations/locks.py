"""The lock order of whoever writes syncs of one person: Customer, then Sync."""

from django.db import connection as database


def customer_first(customer_id: int) -> None:
    """Wait until nobody writes this person; whoever wants to waits for us. Before any lock of their syncs.

    Their key is enough: an insert, or a second write of one sync, takes it anyway, and then too late.
    """
    with database.cursor() as cursor:
        cursor.execute("SELECT 1 FROM customers_customer WHERE id = %s FOR KEY SHARE", [customer_id])
