"""Sending what is due: claimed first, sent outside any transaction, written down once."""

import logging
from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from support.alerts import messages
from support.alerts.channels import NotSent, configured, send
from support.alerts.finding import rows
from support.models import Alert, AlertMessage, Channel, Occasion

logger = logging.getLogger(__name__)
MOST_TRIES = 100  # about a day
LONGEST_WAIT = 15 * 60

_CLAIM = """
UPDATE support_alertmessage SET lease_until = statement_timestamp() + interval '60 seconds',
       attempt_count = attempt_count + 1
WHERE id = (
    SELECT id FROM support_alertmessage m
    WHERE due_at <= statement_timestamp() AND (lease_until IS NULL OR lease_until < statement_timestamp())
      AND channel <> ALL(%(silent)s::text[]) AND NOT (occasion = 'recovered' AND EXISTS (
          SELECT FROM support_alertmessage b WHERE b.alert_id = m.alert_id AND b.channel = m.channel
            AND b.occasion <> 'recovered' AND b.due_at IS NOT NULL
      ))
    ORDER BY attempt_count, due_at LIMIT 1 FOR UPDATE SKIP LOCKED
) RETURNING id
"""


def send_due() -> int:
    """Send every message that is due; returns how many got through.

    A channel that did not take one is left alone until the next time: it may take long to say so, and the
    other one must not wait for it.
    """
    sent = 0
    silent: set[str] = set()
    while claimed := rows(_CLAIM, silent=sorted(silent)):
        message = AlertMessage.objects.select_related("alert").get(pk=claimed[0][0])
        try:
            sent += _sent(message)
        except NotSent as error:
            silent.add(message.channel)
            _not_sent(message, error.args[0])
    return sent


def _sent(message: AlertMessage) -> bool:
    """Whether it had to be sent at all. Raises: NotSent."""
    mine = _mine(message)
    if message.channel not in configured():
        mine.update(due_at=None, lease_until=None, error="not_configured")
        return False
    send(message.alert, Occasion(message.occasion), channel=Channel(message.channel))
    mine.update(sent_at=Now(), due_at=None, lease_until=None, error="")
    if message.occasion in messages.BEGINNINGS:
        Alert.objects.filter(pk=message.alert_id).update(notified_at=Now())
    return True


def _not_sent(message: AlertMessage, error: str) -> None:
    logger.warning("alert_not_sent", extra={"channel": message.channel, "error": error})
    again = None if message.attempt_count >= MOST_TRIES else Now() + _wait(message.attempt_count)
    _mine(message).update(due_at=again, lease_until=None, error=error[:64])
    messages.not_sent(message)


def _mine(message: AlertMessage) -> QuerySet[AlertMessage]:
    """The row, while nobody else tried it since."""
    return AlertMessage.objects.filter(
        pk=message.pk, attempt_count=message.attempt_count, sent_at__isnull=True
    )


def _wait(tries: int) -> timedelta:
    """10 s, 20 s, 40 s ... at most 15 minutes."""
    return timedelta(seconds=min(LONGEST_WAIT, 10 * 2 ** min(tries - 1, 10)))
