"""The record of staff acts as a list: who did what to whom, in words and names."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import StripeEvent
from customers.models import Customer, ReviewItem
from integrations.models import Connection, Sync
from support.acts import act_in_words
from support.admin.filters import ActDone, DoneBy
from support.admin.naming import may_name
from support.admin.readonly import ReadOnly
from support.ids import number_in
from support.models import AuditEntry, ReplayRun
from support.screen.moments import moment
from support.screen.naming import place_of
from support.screen.pills import NOTHING

COMMAND_LINE = "the command line"
FAILED, NOT_KNOWN = "sign_in_failed", "somebody not signed in"
ROOMS = ("customers", "billing", "integrations", "support", "auth")
MANY = {
    "customer:many": "many customers",
    "user:unknown": "an unknown account",
    "auditentry:all": "the whole record",
}
NAMED: dict[str, tuple[QuerySet[Any], Callable[[Any], str]]] = {
    "user": (User.objects.only("username"), lambda user: user.username),
    "connection": (Connection.objects.only("kind", "slug"), place_of),
    "replayrun": (ReplayRun.objects.only("what"), lambda run: run.what),
    "stripeevent": (StripeEvent.objects.only("type"), lambda event: f"Stripe event {event.type}"),
    "reviewitem": (
        ReviewItem.objects.only("kind"),
        lambda item: f"review item {item.pk}: {item.get_kind_display()}",
    ),
}
PAGES = {"replayrun": "desks:run"}


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    heading = "Audit"
    lead = "Who did what, when and why. Nobody can change it."
    list_display = ("said", "about", "who", "reason", "came_of", "happened")
    list_filter = (DoneBy, ActDone)
    list_select_related = ("actor",)
    fields = (
        "said", "about", "who", "reason", "before", "after", "address", "happened_at", "release",
        "recorded",
    )  # fmt: skip
    readonly_fields = ("said", "about", "who", "recorded")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page's subjects by name: one query for each kind of them."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        name_subjects(rows, named=may_name(request))
        changelist.result_list = rows
        return changelist

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if isinstance(row, AuditEntry):
            name_subjects([row], named=may_name(request))
        return row

    def row_title(self, row: AuditEntry) -> str:
        return f"{act_in_words(row.act)}, by {self.who(row)}"

    @admin.display(description="act")
    def said(self, entry: AuditEntry) -> str:
        return act_in_words(entry.act)

    @admin.display(description="about")
    def about(self, entry: AuditEntry) -> SafeString | str:
        words = getattr(entry, "about_in_words", "") or entry.subject
        address = _address(entry.subject)
        return format_html('<a href="{}">{}</a>', address, words) if address else words

    @admin.display(description="recorded as")
    def recorded(self, entry: AuditEntry) -> str:
        return f"{entry.act} {entry.subject}"

    @admin.display(description="who")
    def who(self, entry: AuditEntry) -> str:
        nobody = NOT_KNOWN if entry.act == FAILED else COMMAND_LINE
        return str(entry.actor or nobody)

    @admin.display(description="came of it")
    def came_of(self, entry: AuditEntry) -> str:
        said = [str(entry.after[key]).replace("_", " ") for key in ("outcome", "why") if entry.after.get(key)]
        return ", ".join(said) or NOTHING

    @admin.display(description="when")
    def happened(self, entry: AuditEntry) -> SafeString:
        return moment(entry.happened_at, now=timezone.now())


def name_subjects(entries: Iterable[AuditEntry], *, named: bool) -> None:
    """Give each entry `about_in_words`: a name where there is one, and it may be read."""
    wanted: dict[str, set[int]] = defaultdict(set)
    rows = list(entries)
    for each in rows:
        model, number = _parts(each.subject)
        if number is not None:
            wanted[model].add(number)
    names = {(model, pk): name for model, ids in wanted.items() for pk, name in _names(model, ids, named)}
    for each in rows:
        model, number = _parts(each.subject)
        words = MANY.get(each.subject) or each.subject.replace(":", " ")
        if number is not None:
            words = f"{_kind(model)} {number}"
        each.about_in_words = names.get((model, number or 0), words)  # type: ignore[attr-defined]


def _names(model: str, ids: set[int], named: bool) -> list[tuple[int, str]]:
    if model == "customer" and named:
        return [(each.pk, each.label()) for each in Customer.objects.filter(pk__in=ids)]
    if model == "sync":
        syncs = Sync.objects.filter(pk__in=ids).select_related("customer", "connection")
        return [(each.pk, _sync(each, named=named)) for each in syncs.defer("desired", "observed")]
    if model in NAMED:
        rows, name_of = NAMED[model]
        return [(each.pk, name_of(each)) for each in rows.filter(pk__in=ids)]
    return []


def _sync(sync: Sync, *, named: bool) -> str:
    who = sync.customer.label() if named else f"customer {sync.customer_id}"
    return f"{who} at {place_of(sync.connection)}"


def _parts(subject: str) -> tuple[str, int | None]:
    """ "sync:12" as its model and number."""
    model, _, number = subject.partition(":")
    return model, number_in(number)


def _address(subject: str) -> str:
    """The page of what it is about; empty where there is none."""
    model, number = _parts(subject)
    if number is None:
        return ""
    try:
        return reverse(PAGES.get(model) or _page(model), args=[number])
    except NoReverseMatch:
        return ""


def _model(model: str) -> type[Model] | None:
    rooms = (apps.get_app_config(each) for each in ROOMS)
    return next((room.models[model] for room in rooms if model in room.models), None)


def _kind(model: str) -> str:
    """What staff call such a row, e.g. "Stripe event"."""
    found = _model(model)
    return str(found._meta.verbose_name) if found else model


def _page(model: str) -> str:
    found = _model(model)
    return f"admin:{found._meta.label_lower.replace('.', '_')}_change" if found else "none"
