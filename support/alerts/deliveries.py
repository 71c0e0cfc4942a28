"""Rules about what Stripe delivers: failed answers, refused signatures, events for somebody else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from billing.models.stripe_event import MISDIRECTED
from support.alerts.finding import Finding, rows, words

FAILED_WITHIN = timedelta(minutes=10)
BURST = 5
BURST_WITHIN = timedelta(minutes=5)
# In a quiet shop a wrong secret makes no burst: a few refusals and nothing accepted say the same.
QUIET = 3
QUIET_WITHIN = timedelta(hours=1)
BY_CLOCK = ("too_old", "from_the_future")
BY_SECRET = ("mismatch", "malformed")
MISDIRECTED_WITHIN = timedelta(hours=1)
EVENTS = "/admin/billing/stripeevent/"

_FAILED = """
SELECT status, code, sum(count) FROM billing_deliveryminute m
WHERE minute > %(since)s AND status >= 500 AND NOT (code = 'not_stored' AND EXISTS (
    SELECT FROM support_alert t WHERE t.kind = 'database_silent' AND t.closed_at > %(since)s
      AND m.minute BETWEEN t.opened_at - interval '3 minutes' AND t.closed_at
)) GROUP BY status, code ORDER BY sum(count) DESC
"""
_REFUSED = """
SELECT coalesce(sum(count) FILTER (WHERE refused AND minute > %(burst)s), 0),
       coalesce(sum(count) FILTER (WHERE refused), 0),
       coalesce(sum(count) FILTER (WHERE status < 300), 0),
       coalesce(sum(count) FILTER (WHERE code = ANY(%(clock)s)), 0)
FROM (
    SELECT *, status = 400 AND (code = ANY(%(clock)s) OR code = ANY(%(secret)s)) AS refused
    FROM billing_deliveryminute WHERE minute > %(quiet)s
) AS lately
"""
_MISDIRECTED = """
SELECT reason, count(*) FROM billing_stripeevent
WHERE status = 'ignored' AND reason IN ('mode', 'account') AND received_at > %(since)s GROUP BY reason
"""


def failed(now: datetime) -> Iterator[Finding]:
    """Any 5xx within ten minutes, unless the database was silent, which is said already."""
    found = rows(_FAILED, since=now - FAILED_WITHIN)
    if found:
        answers = ", ".join(
            f"{count} times {status} ({words(code) or 'error'})" for status, code, count in found
        )
        yield Finding(
            key="webhook_failed",
            what=f"Deliveries from Stripe were not accepted in the last 10 minutes: {answers}.",
            next_step="Nothing is lost: Stripe delivers again for three days. Look whether the database "
            "answers, has room on its disk, and what the log says at stripe_webhook.",
            path=EVENTS,
        )


def refused(now: datetime) -> Iterator[Finding]:
    """A burst of refused signatures, whoever sent them. Names the clock when that is the reason."""
    parameters = {"burst": now - BURST_WITHIN, "quiet": now - QUIET_WITHIN}
    ((burst, hour, accepted, by_clock),) = rows(
        _REFUSED, **parameters, clock=list(BY_CLOCK), secret=list(BY_SECRET)
    )
    if burst < BURST and (hour < QUIET or accepted):
        return
    what = f"{hour} deliveries were refused within an hour because their signature is not valid"
    if 2 * by_clock > hour:
        what += ", most because they are too old or from the future by our clock."
        next_step = "Set the clock of the web server (NTP): it must be within 5 minutes of Stripe's."
    else:
        what += "."
        next_step = (
            "Compare STRIPE_WEBHOOK_SECRETS with the signing secret of the endpoint in Stripe. If Stripe "
            "shows no failed deliveries, a stranger sends these: nothing to do."
        )
    yield Finding(key="signatures_refused", what=what, next_step=next_step, path=EVENTS)


def misdirected(now: datetime) -> Iterator[Finding]:
    """Events of the other mode, or of another account, within the hour: stored, and ignored."""
    assert set(MISDIRECTED) == {"mode", "account"}
    for reason, count in rows(_MISDIRECTED, since=now - MISDIRECTED_WITHIN):
        other = "the other mode (test or live)" if reason == "mode" else "another Stripe account"
        events, were = ("event", "was") if count == 1 else ("events", "were")
        setting = "STRIPE_API_KEY" if reason == "mode" else "STRIPE_ACCOUNT"
        yield Finding(
            key=f"event_misdirected:{reason}",
            what=f"{count} signed {events} of {other} arrived within an hour and {were} ignored.",
            next_step=f"Compare {setting} with the endpoint in Stripe, which should send us our events only.",
            path=f"{EVENTS}?status__exact=ignored",
        )
