"""Template tags of the back office: sidebar, badge, pills, moments."""

from collections.abc import Sized
from datetime import datetime
from typing import Any

from django import template
from django.conf import settings
from django.db.models import Model
from django.db.models.options import Options
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString

from support.acts import act_in_words
from support.admin import cells, links, navigation, row
from support.screen import pills
from support.screen.moments import moment
from support.screen.naming import place_of

register = template.Library()

register.simple_tag(row.fact)
register.simple_tag(cells.labelled_rows)
register.simple_tag(pills.status_pill)
register.filter(act_in_words)
register.filter(place_of)
register.simple_tag(pills.access_pill)
register.simple_tag(pills.sync_pill)
register.simple_tag(pills.event_pill)


@register.filter
def admin_list_url(options: "Options[Model]") -> str:
    """The name of a model's list."""
    return f"admin:{options.app_label}_{options.model_name}_changelist"


@register.filter
def thousands(number: int) -> str:
    """E.g. "1,930"."""
    return f"{number:,}"


@register.filter
def more_than(number: int, listed: Sized) -> str:
    """How many are not listed, e.g. "1,926"."""
    return f"{number - len(listed):,}"


@register.simple_tag
def tone_pill(word: str, tone: str) -> SafeString:
    """Any word in one of the five tones."""
    return pills.pill(word, pills.Tone(tone))


@register.simple_tag(takes_context=True)
def when(context: Context, at: datetime | None) -> SafeString:
    """A moment: relative when near, with the exact one on hover."""
    return moment(at, now=context.get("now") or timezone.now())


register.simple_tag(links.stripe, name="stripe_page")


@register.simple_tag
def stripe_mode() -> str:
    """Live or test, as the Stripe key says."""
    return "live" if settings.STRIPE_LIVEMODE else "test"


@register.inclusion_tag("support/sidebar.html", takes_context=True)
def sidebar(context: Context) -> dict[str, Any]:
    """The navigation of every page, with what waits."""
    return {"menu": navigation.menu(context["request"])}
