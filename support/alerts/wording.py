"""An alert as a message: subject, text, JSON. Ids, counts, links to the back office; nothing personal."""

from typing import Any

from django.conf import settings

from support.alerts.finding import people
from support.models import Alert, Occasion, Severity
from support.screen.naming import place_at

LISTED = 20
SAID = {Occasion.OPENED: "", Occasion.NEWS: "More: ", Occasion.RECOVERED: "Over: "}


def subject(alert: Alert, occasion: Occasion) -> str:
    urgent = "!" if alert.severity == Severity.CRITICAL and occasion != Occasion.RECOVERED else ""
    return f"[Launch Ready]{urgent} {SAID[occasion]}{alert.get_kind_display()}{_about(alert)}"


def text(alert: Alert, occasion: Occasion) -> str:
    """What failed, for whom, how many people, what to do next."""
    if occasion == Occasion.RECOVERED and alert.closed_at is not None:
        lasted = int((alert.closed_at - alert.opened_at).total_seconds() // 60)
        return f"It is over, after {lasted} minutes. It was:\n\n{alert.what}\n\n{link(alert)}\n"
    parts = [alert.what, f"What to do: {alert.next_step}", *_for_whom(alert), f"More: {link(alert)}"]
    return "\n\n".join(parts) + f"\n\nSince {alert.opened_at:%Y-%m-%d %H:%M} UTC. All alerts: {_all()}\n"


def payload(alert: Alert, occasion: Occasion) -> dict[str, Any]:
    """What the webhook is sent; `text` is what chat tools show."""
    return {
        "text": f"{subject(alert, occasion)}\n{alert.what}",
        "id": alert.pk,
        "event": occasion.value,
        "kind": alert.kind,
        "key": alert.key,
        "severity": alert.severity,
        "what": alert.what,
        "next_step": alert.next_step,
        "people_count": alert.people_count,
        "customer_ids": alert.customer_ids[:LISTED],
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        "url": link(alert),
    }


def link(alert: Alert) -> str:
    return f"{settings.BASE_URL}{alert.path}"


def _about(alert: Alert) -> str:
    return f": {place_at(alert.subject)}" if alert.subject.strip("*") else ""


def _for_whom(alert: Alert) -> list[str]:
    if not alert.customer_ids:
        return []
    listed = [
        f"{settings.BASE_URL}/admin/customers/customer/{each}/change/" for each in alert.customer_ids[:LISTED]
    ]
    more = alert.people_count - len(listed)
    return [
        "\n".join([f"For {people(alert.people_count)}:", *listed, *([f"and {more:,} more"] if more else [])])
    ]


def _all() -> str:
    return f"{settings.BASE_URL}/admin/support/alert/"
