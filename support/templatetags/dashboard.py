"""Template tags of the front page."""

from typing import Any

from django import template
from django.template import Context
from django.utils import timezone

from support.dashboard import today as page
from support.dashboard.charts import HEIGHT, WIDTH
from support.models import Span

register = template.Library()
SPANS = {"24h": Span.HOUR, "30d": Span.DAY}
IN_WORDS = [("24h", "24 h"), ("30d", "30 d")]


@register.inclusion_tag("support/dashboard/today.html", takes_context=True)
def today(context: Context) -> dict[str, Any]:
    """Everything of the front page that this person may see; `?charts=30d` shows days instead of hours."""
    request, now = context["request"], timezone.now()
    asked = request.GET.get("charts", "")
    chosen = asked if asked in SPANS else "24h"
    return {
        "today": page.load(request.user, now=now, span=SPANS[chosen]),
        "spans": IN_WORDS,
        "chosen": chosen,
        "now": now,
        "perms": context.get("perms"),
        "width": WIDTH,
        "height": HEIGHT,
    }
