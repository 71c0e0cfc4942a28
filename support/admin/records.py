"""What was recorded of people: lifecycle events, attempts, one-time effects."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from customers.models import Customer, LifecycleEvent, ReviewItem
from integrations.models import OneTimeEffect, SyncAttempt
from support.admin import links
from support.admin.naming import NamesPeople, may_name
from support.desks.preview import name_of
from support.screen import pills
from support.screen.moments import moment, took
from support.screen.naming import place_of

EFFECTS = {
    "invitation": "Invitation",
    "welcome": "Welcome",
    "cancellation": "Goodbye",
    "dunning": "Reminder to pay",
    "reactivation": "Welcome back",
}


class PersonRow(NamesPeople):
    """A row about one person. No filters: one without an index would read the whole long record."""

    list_select_related = ["customer"]

    def title_for(self, request: HttpRequest, row: Any) -> str:
        """What happened, then to whom."""
        what = self.row_title(row)
        return f"{what}: {name_of(row.customer, named=may_name(request))}" if row.customer_id else what

    @admin.display(description="person")
    def person(self, row: LifecycleEvent | ReviewItem | SyncAttempt | OneTimeEffect) -> SafeString | str:
        customer: Customer | None = row.customer
        return links.to_customer(customer)


@admin.register(LifecycleEvent)
class LifecycleEventAdmin(PersonRow):
    heading = "Lifecycle"
    lead = "What happened to each person, in order: bought, paid, changed, ended. Nobody can change it."
    nothing = "The first purchase writes the first line."
    list_display = ("type", "person", "change", "because", "happened")
    ordering = ("-id",)

    def row_title(self, row: LifecycleEvent) -> str:
        return row.get_type_display()

    @admin.display(description="status")
    def change(self, event: LifecycleEvent) -> str:
        before, after = event.get_from_status_display(), event.get_to_status_display()
        return f"{before} → {after}" if before != after else after

    @admin.display(description="cause")
    def because(self, event: LifecycleEvent) -> SafeString | str:
        """In words; a Stripe event is one click away."""
        said = event.get_cause_display()
        if not event.cause_ref.startswith("evt_"):
            return format_html('{}<span class="sub">{}</span>', said, event.cause_ref)
        page = f"{reverse('admin:billing_stripeevent_changelist')}?{urlencode({'q': event.cause_ref})}"
        return format_html('<a href="{}" title="{}">{}</a>', page, event.cause_ref, said)

    @admin.display(description="happened")
    def happened(self, event: LifecycleEvent) -> SafeString:
        return moment(event.happened_at, now=timezone.now())


@admin.register(SyncAttempt)
class SyncAttemptAdmin(PersonRow):
    heading = "Attempts"
    lead = "Each time a destination was made equal to a person, and what it answered."
    nothing = "The first purchase makes the first attempt."
    rows_are = "attempts"
    list_display = ("person", "connection", "came_of", "error", "duration", "release", "finished")
    list_display_links = ("came_of",)
    list_select_related = ["customer", "sync__connection"]

    def row_title(self, row: SyncAttempt) -> str:
        return f"{row.get_outcome_display()} at {place_of(row.sync.connection)}"

    @admin.display(description="outcome")
    def came_of(self, attempt: SyncAttempt) -> SafeString:
        return pills.outcome_pill(attempt.outcome)

    @admin.display(description="connection")
    def connection(self, attempt: SyncAttempt) -> str:
        return place_of(attempt.sync.connection)

    @admin.display(description="took")
    def duration(self, attempt: SyncAttempt) -> str:
        return took(attempt.duration_ms)

    @admin.display(description="finished")
    def finished(self, attempt: SyncAttempt) -> SafeString:
        return moment(attempt.finished_at, now=timezone.now())


@admin.register(OneTimeEffect)
class OneTimeEffectAdmin(PersonRow):
    heading = "One-time effects"
    lead = "Mails and invitations that may happen once only: for one purchase, or for one community."
    nothing = "Each invitation and welcome is written here before it is sent, so that none is sent twice."
    rows_are = "one-time effects"
    list_display = ("effect", "person", "place", "once_for", "reserved", "done")
    list_select_related = ["customer", "connection"]
    ordering = ("-id",)

    def row_title(self, row: OneTimeEffect) -> str:
        return self.effect(row)

    @admin.display(description="what")
    def effect(self, effect: OneTimeEffect) -> str:
        return EFFECTS.get(effect.kind, effect.kind.replace("_", " ").capitalize())

    @admin.display(description="connection")
    def place(self, effect: OneTimeEffect) -> str:
        return place_of(effect.connection)

    @admin.display(description="once for")
    def once_for(self, effect: OneTimeEffect) -> SafeString | str:
        if effect.subject.startswith("connection:"):
            return f"ever, at {place_of(effect.connection)}"
        return format_html("<code>{}</code>", effect.subject)

    @admin.display(description="reserved")
    def reserved(self, effect: OneTimeEffect) -> SafeString:
        return moment(effect.reserved_at, now=timezone.now())

    @admin.display(description="done")
    def done(self, effect: OneTimeEffect) -> SafeString:
        return moment(effect.done_at, now=timezone.now()) or pills.pill("Not confirmed", pills.Tone.WARN)
