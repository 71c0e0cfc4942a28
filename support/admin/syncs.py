"""Syncs: what each destination should hold for each person, the dead letters, and replay."""

from typing import cast

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.deadletters import revivable, why_alone
from integrations.models import Sync
from support.admin import links
from support.admin.filters import ByPlace
from support.admin.naming import NamesPeople, may_name
from support.admin.replaying import Replayable, ReplayForm, replay_syncs
from support.admin.row import RowAction
from support.desks.preview import name_of
from support.desks.releasing import not_theirs
from support.screen import pills
from support.screen.destinations import reason_in_words, stopped, tries_of
from support.screen.moments import moment
from support.screen.naming import give_names, place_of
from support.screen.person import tried
from support.screen.pills import NOTHING
from support.screen.preview import mails_in_words, preview_one


@admin.register(Sync)
class SyncAdmin(NamesPeople, Replayable):
    lead = (
        "One row for each person and destination. A replay sends what is true now, never what was true then."
    )
    nothing = "The first purchase makes a row for each destination."
    list_display = ("person", "place", "state", "why", "versions", "tries", "next_try")
    list_display_links = ("place",)
    list_filter = ("status", ("connection", ByPlace))
    list_select_related = ("customer", "connection")
    ordering = ("-id",)
    actions = ("replay",)
    action_form = ReplayForm
    fields = (
        "person", "place", "state", "why", "versions", "tries", "next_try", "due_since",
        "first_failed_at", "desired", "observed", "observed_at", "applied_at", "remote_id", "remote_email",
        "crash_count",
    )  # fmt: skip
    readonly_fields = ("person", "place", "state", "why", "versions", "tries", "next_try")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Sync]:
        syncs = cast("QuerySet[Sync]", super().get_queryset(request))
        return syncs.annotate(tries=tried())

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("integrations.replay_sync")

    @admin.action(description="Replay", permissions=["replay"])
    def replay(self, request: HttpRequest, syncs: QuerySet[Sync]) -> HttpResponse | None:
        return replay_syncs(request, syncs)

    def title_for(self, request: HttpRequest, row: Sync) -> str:
        return f"{name_of(row.customer, named=may_name(request))} at {place_of(row.connection)}"

    def row_action(self, request: HttpRequest, row: Model) -> RowAction | None:
        assert isinstance(row, Sync)
        held = not_theirs(request.user.has_perm)
        if not self.has_replay_permission(request) or (
            held and Sync.objects.filter(held, pk=row.pk).exists()
        ):
            return None
        if not revivable(row):
            return RowAction("", "", f"Nothing to replay: {why_alone(row)}.")
        give_names([row])
        would = preview_one(row)
        return RowAction("replay", "Replay", f"would {would.does}; mails: {mails_in_words([would.mails])}")

    @admin.display(description="person")
    def person(self, sync: Sync) -> SafeString | str:
        return links.to_customer(sync.customer)

    @admin.display(description="connection")
    def place(self, sync: Sync) -> str:
        return place_of(sync.connection)

    @admin.display(description="status")
    def state(self, sync: Sync) -> SafeString:
        return pills.sync_pill(sync.status)

    @admin.display(description="reason")
    def why(self, sync: Sync) -> str:
        return reason_in_words(sync) or NOTHING

    @admin.display(description="applied of desired")
    def versions(self, sync: Sync) -> str:
        return f"{sync.applied_version} of {sync.desired_version}"

    @admin.display(description="tries")
    def tries(self, sync: Sync) -> int:
        return tries_of(sync)

    @admin.display(description="next try")
    def next_try(self, sync: Sync) -> SafeString | str:
        if sync.due_at and (halted := stopped(sync.connection)):
            return f"waits: {halted}"
        return moment(sync.due_at, now=timezone.now()) or NOTHING
