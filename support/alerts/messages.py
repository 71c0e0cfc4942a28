"""Which messages an alert makes: one when it opens, one an hour when there is news, one when it is over."""

from collections.abc import Collection, Iterator
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
# What could not be sent may not be worth sending any more: that is no sign that the channel works.
_STILL_DEAD = """
SELECT a.subject, a.what FROM support_alert a
WHERE a.closed_at IS NULL AND a.kind = 'channel_dead' AND NOT EXISTS (
    SELECT FROM support_alertmessage m WHERE m.channel = a.subject AND m.sent_at > a.opened_at
)
"""


def opened(alert: Alert, *, now: datetime) -> None:
    """Say that it began; within an hour of the last message about the same cause it waits that long."""
    _plan(alert, Occasion.OPENED, now=now)


def news(alert: Alert, *, now: datetime) -> None:
    """Say that there is more of it, where no message about it waits anyway: that will say it as of then."""
    waiting = alert.messages.filter(_not_leased(now), due_at__isnull=False, occasion__in=BEGINNINGS)
    _plan(alert, Occasion.NEWS, now=now, without=set(waiting.values_list("channel", flat=True)))


def recovered(alert: Alert, *, now: datetime) -> None:
    """Say that it is over, to whom its beginning was said. What was not sent yet is not sent any more."""
    beginnings = alert.messages.filter(occasion__in=BEGINNINGS)
    sending = Q(lease_until__gt=now)
    told = set(beginnings.filter(Q(sent_at__isnull=False) | sending).values_list("channel", flat=True))
    beginnings.filter(_not_leased(now), due_at__isnull=False).delete()
    _add(alert, Occasion.RECOVERED, {Channel(each): now for each in told})


def not_sent(message: AlertMessage) -> None:
    """A beginning did not get through and its alert is over by now: neither is said, where nothing was."""
    if message.occasion not in BEGINNINGS or not Alert.objects.filter(
        pk=message.alert_id, closed_at__isnull=False
    ):
        return
    there = AlertMessage.objects.filter(alert=message.alert_id, channel=message.channel)
    there.filter(
        pk=message.pk, attempt_count=message.attempt_count, sent_at__isnull=True, lease_until__isnull=True
    ).delete()
    said = Q(sent_at__isnull=False) | Q(due_at__isnull=False)
    if not there.filter(said, occasion__in=BEGINNINGS).exists():
        there.filter(occasion=Occasion.RECOVERED, sent_at__isnull=True).delete()


def _not_leased(now: datetime) -> Q:
    return Q(lease_until__isnull=True) | Q(lease_until__lte=now)


def _plan(alert: Alert, occasion: Occasion, *, now: datetime, without: Collection[str] = ()) -> None:
    last = dict(
        AlertMessage.objects.filter(alert__key=alert.key, occasion__in=BEGINNINGS, sent_at__gt=now - APART)
        .order_by()
        .values_list("channel")
        .annotate(Max("sent_at"))
    )
    itself = alert.subject if alert.kind == AlertKind.CHANNEL_DEAD else ""
    being_sent = alert.messages.filter(lease_until__gt=now, occasion__in=BEGINNINGS)
    last |= dict.fromkeys(being_sent.values_list("channel", flat=True), now)  # its words are chosen already
    due = {
        each: last[each] + APART if each in last else now
        for each in configured()
        if each != itself and each not in without
    }
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
    """A channel that fails again and again, until it takes one; said through the other one."""
    failing = {
        channel: f"{count} alerts could not be sent by {Channel(channel).label.lower()}: {words(error)}."
        for channel, count, error in rows(_STUCK, tries=STUCK_AFTER)
    }
    still = {channel: what for channel, what in rows(_STILL_DEAD) if channel in configured()}
    for channel, what in (still | failing).items():
        setting = "ALERT_EMAILS and EMAIL_URL" if channel == Channel.EMAIL else "ALERT_WEBHOOK_URL"
        yield Finding(
            key=f"channel_dead:{channel}",
            subject=channel,
            what=what,
            next_step=f"Look at {setting}. What could not be sent is tried again by itself.",
            path="/admin/support/alert/",
        )
