"""List filters that name what staff look for."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest

from integrations.models import Connection, Sync, SyncStatus
from integrations.models.sync import STUCK, WAITING
from support.acts import WORDS
from support.screen.naming import place_of


class ByPlace(admin.RelatedFieldListFilter):
    """Connections as staff call them."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        return [(each.pk, place_of(each)) for each in Connection.objects.order_by("kind", "slug")]


class SyncHealth(admin.SimpleListFilter):
    """People by how their destinations stand."""

    title = "sync"
    parameter_name = "sync"
    MEANING = {
        "stuck": ("Needs a person", STUCK),
        "in_flight": ("On its way", WAITING),
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


class DoneBy(admin.SimpleListFilter):
    """Acts of one colleague, also of one who has left; the choices are read from the accounts."""

    title = "who"
    parameter_name = "who"
    NOBODY = "nobody"
    MOST = 200

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        staff = User.objects.filter(is_staff=True).order_by("-is_active", "username")
        names = staff.values_list("pk", "username", "is_active")[: self.MOST]
        found = [(str(pk), name if active else f"{name} (switched off)") for pk, name, active in names]
        return [*found, (self.NOBODY, "Nobody signed in")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        asked = self.value() or ""
        if asked == self.NOBODY:
            return queryset.filter(actor=None)
        usable = asked.isascii() and asked.isdigit() and len(asked) < 10
        return queryset.filter(actor=int(asked)) if usable else queryset


class ActDone(admin.SimpleListFilter):
    """One kind of act; the choices are the words that acts have, so the long record is not read for them."""

    title = "act"
    parameter_name = "act"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(WORDS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(act=self.value()) if self.value() in WORDS else queryset
