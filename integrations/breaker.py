"""The breaker on the connection's row: ten straight failures open it, then one probe each 30 s."""

from datetime import timedelta

from django.db import connection as database
from django.db.models import Case, DateTimeField, F, Q, Value, When
from django.db.models.functions import Cast, Now

from integrations import bucket, places
from integrations.limits import limit_of
from integrations.models import Connection

NOTHING = Cast(Value(None), DateTimeField())
STRAIGHT_FAILURES = 10
PROBE_EVERY = timedelta(seconds=30)
GENTLE_SECONDS = 9.0  # of the first ten, in the rest of which at most a fifth of what ten allow may start
# Reasons to wait that were the connection's own trouble, beside its 5xx.
OF_THE_CONNECTION = (
    *("refused", "dns", "connect_timeout", "timeout", "reset", "tls", "unreadable"),
    *("breaker_open", "told_to_wait", "rate_limited", "paused", "token_refused", "key_refused"),
    *("credential_missing", "credential_unusable", "plan_lapsed", "payment_required"),
    *("http_408", "http_425", "edge_refused"),
)
# Profiles come last: `priority` 0, 1, 2 begins after 0, 5 and 10 s.
_WELCOME_BACK = """
UPDATE integrations_sync SET first_failed_at = NULL, due_at = CASE
    WHEN reason LIKE 'http\\_5%%' OR reason = ANY(%(ours)s)
    THEN LEAST(due_at, statement_timestamp() + make_interval(secs => 5 * (priority + random())))
    ELSE due_at END
WHERE connection_id = %(connection)s AND status = 'retrying'
"""


def may_probe(connection_id: int) -> bool:
    """Whether this caller got the one probe of the next 30 s."""
    free = Q(open_until__isnull=True) | Q(open_until__lte=Now())
    return Connection.objects.filter(free, pk=connection_id).update(open_until=Now() + PROBE_EVERY) == 1


def failed(connection_id: int) -> None:
    """Count one failure of the provider; the tenth in a row opens the breaker."""
    Connection.objects.filter(pk=connection_id).update(
        failures_in_row=F("failures_in_row") + 1,
        open_until=Case(
            When(failures_in_row__gte=STRAIGHT_FAILURES - 1, then=Now() + PROBE_EVERY),
            default=F("open_until"),
        ),
    )


def answered(connection: Connection, *, was_open: bool) -> None:
    """The provider works: forget its failures and a wait that is over."""
    troubled = Q(failures_in_row__gt=0) | Q(open_until__isnull=False) | Q(wait_until__isnull=False)
    Connection.objects.filter(troubled, pk=connection.pk).update(
        failures_in_row=0,
        open_until=NOTHING,
        wait_until=Case(When(wait_until__gt=Now(), then=F("wait_until")), default=NOTHING),
    )
    if was_open:
        counted = places if limit_of(connection).by_places else bucket
        counted.rest(connection, seconds=GENTLE_SECONDS)
        welcome_back(connection.pk)


def welcome_back(connection_id: int) -> None:
    """The connection works again: its down time counts against nobody, and nobody sits out a wait for it.

    Removals first, then grants, then profiles, each spread over some seconds; the limiter does the rest.
    """
    with database.cursor() as cursor:
        cursor.execute(_WELCOME_BACK, {"connection": connection_id, "ours": list(OF_THE_CONNECTION)})
