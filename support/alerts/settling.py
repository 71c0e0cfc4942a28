"""Findings become rows: a new cause opens one, a known one is seen again, one that is gone is closed."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q

from support.alerts import messages
from support.alerts.finding import NAMED, Finding
from support.models import Alert, AlertKind

Found = tuple[AlertKind, Finding]


def settle(found: Iterable[Found], *, unknown: Collection[AlertKind], now: datetime) -> None:
    """Make the open alerts equal to what was found. Alerts of `unknown` kinds stay as they are.

    Belongs in a transaction that nobody else evaluates in.
    """
    open_alerts = {each.key: each for each in Alert.objects.filter(closed_at__isnull=True)}
    by_key = {finding.key: (kind, finding) for kind, finding in found}
    for kind, finding in by_key.values():
        alert = open_alerts.pop(finding.key, None) or _absorbed(finding, open_alerts, by_key)
        if alert is None:
            _open(kind, finding, now=now)
        else:
            _seen_again(alert, kind, finding, now=now)
    for alert in open_alerts.values():
        if alert.kind not in unknown:
            _close(alert, now=now)


def _absorbed(finding: Finding, left: dict[str, Alert], found: Collection[str]) -> Alert | None:
    """An open alert that was the beginning of this one, e.g. failing syncs of a provider that is down."""
    for key in finding.absorbs:
        if key in left and key not in found and not set(finding.named_cases).isdisjoint(left[key].cases):
            return left.pop(key)
    return None


def _open(kind: AlertKind, finding: Finding, *, now: datetime) -> None:
    alert = Alert(opened_at=now)
    _write(alert, kind, finding, now=now)
    messages.opened(alert, now=now)


def _seen_again(alert: Alert, kind: AlertKind, finding: Finding, *, now: datetime) -> None:
    is_news = _has_newcomer(finding.named_cases, alert.cases)
    alert.mark += is_news
    _write(alert, kind, finding, now=now)
    if is_news:
        messages.news(alert, now=now)


def _has_newcomer(cases: list[str], known: list[str]) -> bool:
    """Whether one was not there at the last look; how many there ever were at once says nothing of that."""
    before = set(known)
    if not before:
        return False  # it was told as a whole
    if len(known) >= NAMED:
        # The list is full: whoever stands behind all the known ones may only have moved up.
        places = [place for place, case in enumerate(cases) if case in before]
        cases = cases[: places[-1]] if places else cases
    return any(case not in before for case in cases)


def _write(alert: Alert, kind: AlertKind, finding: Finding, *, now: datetime) -> None:
    alert.kind, alert.key, alert.subject = kind, finding.key[:200], finding.subject
    alert.severity, alert.path = finding.severity, finding.path
    alert.what, alert.next_step = finding.what[:500], finding.next_step[:500]
    alert.customer_ids, alert.people_count = list(finding.people[:NAMED]), finding.people_count
    alert.cases = finding.named_cases
    alert.last_seen_at = now
    alert.save()


def _close(alert: Alert, *, now: datetime) -> None:
    Alert.objects.filter(Q(closed_at__isnull=True), pk=alert.pk).update(closed_at=now)
    messages.recovered(alert, now=now)
