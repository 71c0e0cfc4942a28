"""Connections: mode, health, limiter and quota of each outside account."""

from django.contrib import admin
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.models import Connection
from support.admin.readonly import ReadOnly
from support.screen import pills
from support.screen.moments import moment
from support.screen.pills import NOTHING


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    lead = "Our links to Stripe, Circle and Kit. Pause or resume one with manage.py connection SLUG."
    list_display = ("slug", "kind", "mode_now", "health", "quota", "credential")
    exclude = ("remembered", "tokens", "tokens_at")

    @admin.display(description="mode")
    def mode_now(self, connection: Connection) -> SafeString:
        return pills.mode_pill(connection.mode)

    @admin.display(description="health")
    def health(self, connection: Connection) -> SafeString:
        now = timezone.now()
        if connection.paused_at:
            why = connection.pause_reason.replace("_", " ")
            return _said(pills.pill("Paused", pills.Tone.BAD), format_html("{}", why))
        if connection.open_until and connection.open_until > now:
            return _said(
                pills.pill("Not answering", pills.Tone.BAD),
                format_html("next probe {}", moment(connection.open_until, now=now)),
            )
        if connection.wait_until and connection.wait_until > now:
            return _said(
                pills.pill("Asked to wait", pills.Tone.WARN),
                format_html("until {}", moment(connection.wait_until, now=now)),
            )
        if connection.failures_in_row:
            return _said(
                pills.pill("Failing", pills.Tone.WARN), format_html("{} in a row", connection.failures_in_row)
            )
        return pills.pill("Healthy", pills.Tone.GOOD)

    @admin.display(description="quota this month")
    def quota(self, connection: Connection) -> str:
        if connection.quota_limit is None:
            return NOTHING
        return f"{connection.quota_used:,} of {connection.quota_limit:,} used"


def _said(pill: SafeString, detail: SafeString) -> SafeString:
    return format_html('{}<span class="sub">{}</span>', pill, detail)
