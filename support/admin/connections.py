"""Connections: the list, and one page for each with what staff may do to it."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from integrations.models import Connection, Mode, RemoteName
from support.admin import connection_acts
from support.admin.readonly import ReadOnly
from support.admin.typed import LONGEST_REASON
from support.connections import how_many_wait
from support.health import health, limiter, quota
from support.ids import number_in
from support.models import AuditEntry
from support.screen import pills
from support.screen.moments import moment
from support.screen.naming import place_of

LATEST = 8


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    lead = "Our links to Stripe, Circle and Kit. Open one to pause, resume or try it."
    nothing = "Load the catalogue file: it names the connections."
    list_display = ("name", "mode_now", "health", "quota")

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "pause": connection_acts.pause,
            "resume": connection_acts.resume,
            "mode": connection_acts.mode,
            "test": connection_acts.test,
            "names": connection_acts.names,
        }
        wrap = self.admin_site.admin_view
        own = [
            path(f"<int:connection_id>/{name}/", wrap(view), name=f"integrations_connection_{name}")
            for name, view in acts.items()
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Our own page at the stock address."""
        return show(request, object_id)

    @admin.display(description="connection")
    def name(self, connection: Connection) -> str:
        return place_of(connection)

    @admin.display(description="mode")
    def mode_now(self, connection: Connection) -> SafeString:
        return pills.mode_pill(connection.mode)

    @admin.display(description="health")
    def health(self, connection: Connection) -> SafeString:
        now = timezone.now()
        found = health(connection, now=now)
        return format_html(
            '{}<span class="sub">{} {}</span>',
            pills.pill(found.word, found.tone),
            found.detail,
            moment(found.at, now=now),
        )

    @admin.display(description="calls this month")
    def quota(self, connection: Connection) -> str:
        month = quota(connection, now=timezone.now())
        return f"{month.used:,} of {month.limit:,} used" if month else "not metered"


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    """One connection as it is now; changes nothing. Which variable holds its key is for who operates it."""
    if not request.user.has_perm("integrations.view_connection"):
        raise PermissionDenied
    number = number_in(object_id)
    row = Connection.objects.filter(pk=number).first() if number is not None else None
    if row is None:
        raise Http404
    now = timezone.now()
    names = RemoteName.objects.filter(connection=row)
    acts = AuditEntry.objects.filter(subject=f"connection:{row.pk}").select_related("actor").order_by("-id")
    context = {
        **admin.site.each_context(request),
        "title": place_of(row),
        "opts": Connection._meta,
        "now": now,
        "connection": row,
        "health": health(row, now=now),
        "limiter": limiter(row, now=now),
        "quota": quota(row, now=now),
        "waiting": how_many_wait(row) if request.user.has_perm("integrations.view_sync") else {},
        "names": names.filter(gone_at__isnull=True).count(),
        "gone": list(names.filter(gone_at__isnull=False).order_by("kind", F("gone_at").desc())[:LATEST]),
        "acts": list(acts[:LATEST]) if request.user.has_perm("support.view_auditentry") else [],
        "may_operate": request.user.has_perm("integrations.operate_connection"),
        "destination": row.kind in connection_acts.DESTINATIONS,
        "modes": [each for each in Mode if each != row.mode],
        "longest": LONGEST_REASON,
    }
    return TemplateResponse(request, "support/connections/connection.html", context)
