"""List filters that name what staff look for."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest

from integrations.models import Sync, SyncStatus
from integrations.models.sync import STUCK, WAITING


class SyncHealth(admin.SimpleListFilter):
    """People by how their destinations stand."""

    title = "sync"
    parameter_name = "sync"
    MEANING = {
        "stuck": ("Needs a person", STUCK),
        "in_flight": ("In flight", WAITING),
        "dead_letter": ("Dead letter", (SyncStatus.DEAD_LETTER,)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, label) for value, (label, _) in self.MEANING.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() not in self.MEANING:
            return queryset
        _, statuses = self.MEANING[str(self.value())]
        return queryset.filter(Exists(Sync.objects.filter(customer=OuterRef("pk"), status__in=statuses)))


class Settled(admin.SimpleListFilter):
    """Review items: what is still open, unless asked otherwise."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "All"), ("settled", "Settled")]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": "Open"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() == "all":
            return queryset
        return queryset.filter(settled_at__isnull=self.value() != "settled")
