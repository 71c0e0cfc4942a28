"""How a moment is written: relative when it is near, with the exact one on hover."""

from datetime import UTC, datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

NEAR = timedelta(hours=24)


def exact(at: datetime) -> str:
    """E.g. "20 Nov 2026, 18:02:41 UTC"."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M:%S} UTC"


def day(at: datetime) -> str:
    """E.g. "28 Dec 2026"."""
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b %Y}"


def spoken(at: datetime, *, now: datetime) -> str:
    """E.g. "3 min ago", "in 40 s", "20 Nov, 18:02"; with the year when it is another one."""
    distance = at - now
    if abs(distance) < NEAR:
        return _near(round(distance.total_seconds()))
    at = at.astimezone(UTC)
    return f"{at.day} {at:%b, %H:%M}" if at.year == now.year else day(at)


def moment(at: datetime | None, *, now: datetime) -> SafeString:
    """A `<time>` element; the theme's script keeps relative ones fresh. Nothing for None."""
    if at is None:
        return format_html("{}", "")
    live = " data-live" if abs(at - now) < NEAR else ""
    return format_html(
        '<time datetime="{}" title="{}"{}>{}</time>', at.isoformat(), exact(at), live, spoken(at, now=now)
    )


def lasting(seconds: float) -> str:
    """A short duration, e.g. "1.4 s", "3 min", "2 h"."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{round(seconds)} s"
    return _amount(round(seconds))


def took(milliseconds: int) -> str:
    """How long a call took, e.g. "763 ms", "3.7 s"."""
    return lasting(milliseconds / 1_000) if milliseconds >= 1_000 else f"{milliseconds} ms"


def _near(seconds: int) -> str:
    if abs(seconds) < 2:
        return "now"
    return f"in {_amount(seconds)}" if seconds > 0 else f"{_amount(-seconds)} ago"


def _amount(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 2 * 86400 else f"{seconds // 86400} d"
