"""Which messages an alert makes: one when it opens, one an hour when there is news, one when it is over."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Max, Q

from support.alerts.channels import configured
from support.alerts.finding import Finding, rows, words
from support.models import Alert, AlertKind, AlertMessage, Channel, Occasion

APART = timedelta(hours=1)
STUCK_AFTER = 3  # tries
BEGINNINGS = (Occasion.OPENED, Occasion.NEWS)

_STUCK = """
SELECT channel, count(*), max(error) FROM support_alertmessage
WHERE due_at IS NOT NULL AND attempt_count >= %(tries)s GROUP BY channel
"""


def opened(alert: Alert, *, now: datetime) -> None:
    """Say that it began; within an hour of the last message about the same cause it waits that long."""
    _plan(alert, Occasion.OPENED, now=now)


def news(alert: Alert, *, now: datetime) -> None:
    """Say that there is more of it, unless a message about it waits anyway: that will say it as of then."""
    if not alert.messages.filter(due_at__isnull=False, occasion__in=BEGINNINGS).exists():
        _plan(alert, Occasion.NEWS, now=now)


def recovered(alert: Alert, *, now: datetime) -> None:
    """Say that it is over, to whom its beginning was said. What was not sent yet is not sent any more."""
    beginnings = alert.messages.filter(occasion__in=BEGINNINGS)
    sending = Q(lease_until__gt=now)
    told = set(beginnings.filter(Q(sent_at__isnull=False) | sending).values_list("channel", flat=True))
    beginnings.filter(due_at__isnull=False).exclude(sending).delete()
    _add(alert, Occasion.RECOVERED, {Channel(each): now for each in told})


def _plan(alert: Alert, occasion: Occasion, *, now: datetime) -> None:
    last = dict(
        AlertMessage.objects.filter(alert__key=alert.key, occasion__in=BEGINNINGS, sent_at__gt=now - APART)
        .order_by()
        .values_list("channel")
        .annotate(Max("sent_at"))
    )
    itself = alert.subject if alert.kind == AlertKind.CHANNEL_DEAD else ""
    due = {each: last[each] + APART if each in last else now for each in configured() if each != itself}
    _add(alert, occasion, due)


def _add(alert: Alert, occasion: Occasion, due: dict[Channel, datetime]) -> None:
    AlertMessage.objects.bulk_create(
        [
            AlertMessage(alert=alert, channel=channel, occasion=occasion, mark=alert.mark, due_at=moment)
            for channel, moment in due.items()
        ],
        ignore_conflicts=True,
    )


def stuck(now: datetime) -> Iterator[Finding]:
    """A channel that fails again and again: said through the other one, and shown in the back office."""
    for channel, count, error in rows(_STUCK, tries=STUCK_AFTER):
        setting = "ALERT_EMAILS and EMAIL_URL" if channel == Channel.EMAIL else "ALERT_WEBHOOK_URL"
        yield Finding(
            key=f"channel_dead:{channel}",
            subject=channel,
            what=f"{count} alerts could not be sent by {Channel(channel).label.lower()}: {words(error)}.",
            next_step=f"Look at {setting}. What could not be sent is tried again by itself.",
            path="/admin/support/alert/",
        )
