"""How many statements a page costs; transaction control is not counted, because tests nest transactions."""

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

CONTROL = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT")


def queries_of(client: Client, address: str) -> int:
    """Statements of one GET; fails when the page does not answer 200.

    A process asks once for what its models are called: here before the GET, whatever ran in it earlier.
    """
    ContentType.objects.get_for_models(*apps.get_models())
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return sum(not each["sql"].startswith(CONTROL) for each in seen.captured_queries)
