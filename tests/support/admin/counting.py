"""How many statements a page costs; transaction control is not counted, because tests nest transactions."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def queries_of(client: Client, address: str) -> int:
    """Statements of one GET; fails when the page does not answer 200."""
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return sum(not each["sql"].startswith(CONTROL) for each in seen.captured_queries)
