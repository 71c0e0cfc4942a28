"""What was recorded: lifecycle events, attempts, one-time effects, staff acts."""

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString

from customers.models import Customer, LifecycleEvent, ReviewItem
from integrations.models import OneTimeEffect, SyncAttempt
from support.admin import links
from support.admin.naming import NamesPeople
from support.admin.readonly import ReadOnly
from support.models import AuditEntry
from support.screen import pills
from support.screen.moments import moment


class PersonRow(NamesPeople):
    """A row about one person. No filters: one without an index would read the whole long record."""

    list_select_related = ["customer"]

    @admin.display(description="person")
    def person(self, row: LifecycleEvent | ReviewItem | SyncAttempt | OneTimeEffect) -> SafeString | str:
        customer: Customer | None = row.customer
        return links.to_customer(customer)


@admin.register(LifecycleEvent)
class LifecycleEventAdmin(PersonRow):
    heading = "Lifecycle"
    list_display = ("type", "person", "change", "cause", "cause_ref", "happened")
    ordering = ("-id",)

    @admin.display(description="status")
    def change(self, event: LifecycleEvent) -> str:
        return f"{event.get_from_status_display()} → {event.get_to_status_display()}"

    @admin.display(description="happened")
    def happened(self, event: LifecycleEvent) -> SafeString:
        return moment(event.happened_at, now=timezone.now())


@admin.register(SyncAttempt)
class SyncAttemptAdmin(PersonRow):
    heading = "Attempts"
    list_display = ("came_of", "person", "connection", "error", "duration", "release", "finished")
    list_select_related = ["customer", "sync__connection"]

    @admin.display(description="outcome")
    def came_of(self, attempt: SyncAttempt) -> SafeString:
        return pills.outcome_pill(attempt.outcome)

    @admin.display(description="connection")
    def connection(self, attempt: SyncAttempt) -> str:
        return attempt.sync.connection.slug

    @admin.display(description="took")
    def duration(self, attempt: SyncAttempt) -> str:
        return f"{attempt.duration_ms} ms"

    @admin.display(description="finished")
    def finished(self, attempt: SyncAttempt) -> SafeString:
        return moment(attempt.finished_at, now=timezone.now())


@admin.register(OneTimeEffect)
class OneTimeEffectAdmin(PersonRow):
    heading = "One-time effects"
    lead = "Mails and invitations that may happen once only."
    list_display = ("kind", "person", "connection", "subject", "reserved", "done")
    list_select_related = ["customer", "connection"]
    ordering = ("-id",)

    @admin.display(description="reserved")
    def reserved(self, effect: OneTimeEffect) -> SafeString:
        return moment(effect.reserved_at, now=timezone.now())

    @admin.display(description="done")
    def done(self, effect: OneTimeEffect) -> SafeString:
        return moment(effect.done_at, now=timezone.now()) or pills.pill("Not confirmed", pills.Tone.WARN)


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    heading = "Audit"
    lead = "Who did what, when and why. Nobody can change it."
    list_display = ("act", "subject", "actor", "reason", "happened")
    list_select_related = ("actor",)

    @admin.display(description="when")
    def happened(self, entry: AuditEntry) -> SafeString:
        return moment(entry.happened_at, now=timezone.now())
