"""Sending what is due: claimed first, sent outside any transaction, written down once."""

import logging
from datetime import timedelta

from django.db.models.functions import Now

from support.alerts.channels import NotSent, configured, send
from support.alerts.finding import rows
from support.alerts.messages import BEGINNINGS
from support.models import Alert, AlertMessage, Channel, Occasion

logger = logging.getLogger(__name__)
MOST_TRIES = 100  # about a day
LONGEST_WAIT = 15 * 60

_CLAIM = """
UPDATE support_alertmessage SET lease_until = statement_timestamp() + interval '60 seconds',
       attempt_count = attempt_count + 1
WHERE id = (
    SELECT id FROM support_alertmessage
    WHERE due_at <= statement_timestamp() AND (lease_until IS NULL OR lease_until < statement_timestamp())
    ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def send_due() -> int:
    """Send every message that is due; returns how many got through."""
    sent = 0
    while claimed := rows(_CLAIM):
        message = AlertMessage.objects.select_related("alert").get(pk=claimed[0][0])
        sent += _sent(message)
    return sent


def _sent(message: AlertMessage) -> bool:
    mine = AlertMessage.objects.filter(
        pk=message.pk, attempt_count=message.attempt_count, sent_at__isnull=True
    )
    if message.channel not in configured():
        mine.update(due_at=None, lease_until=None, error="not_configured")
        return False
    try:
        send(message.alert, Occasion(message.occasion), channel=Channel(message.channel))
    except NotSent as error:
        logger.warning("alert_not_sent", extra={"channel": message.channel, "error": error.args[0]})
        again = None if message.attempt_count >= MOST_TRIES else Now() + _wait(message.attempt_count)
        mine.update(due_at=again, lease_until=None, error=error.args[0][:64])
        return False
    mine.update(sent_at=Now(), due_at=None, lease_until=None, error="")
    if message.occasion in BEGINNINGS:
        Alert.objects.filter(pk=message.alert_id).update(notified_at=Now())
    return True


def _wait(tries: int) -> timedelta:
    """10 s, 20 s, 40 s ... at most 15 minutes."""
    return timedelta(seconds=min(LONGEST_WAIT, 10 * 2 ** min(tries - 1, 10)))
