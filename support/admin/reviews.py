"""The review list: what the machine will not guess, with its evidence and the choices of staff."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from customers.countries import CODES
from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from support.admin import price_mapping
from support.admin.filters import Settled
from support.admin.kept import kept
from support.admin.naming import may_name
from support.admin.reauth import confirm_first
from support.admin.records import PersonRow
from support.admin.typed import LONGEST_REASON, reason_of, text_of
from support.desks import deciding, reviewing
from support.desks.preview import name_of
from support.screen.moments import moment
from support.screen.pills import NOTHING

SETTLE = "customers.settle_reviewitem"
SETTLE_NAME = "customers_reviewitem_settle"


@admin.register(ReviewItem)
class ReviewItemAdmin(PersonRow):
    lead = "What the machine will not guess. Rights stay as they are until it is settled."
    heading = "Review list"
    nothing = "Nothing waits for a decision. What the machine cannot know for sure is asked here."
    list_display = ("kind", "subject", "person", "evidence_seen", "seen", "opened", "settled")
    list_filter = (Settled, "kind")
    list_select_related = ["customer", "settled_by"]
    change_form_template = "support/desks/review.html"

    def row_title(self, row: ReviewItem) -> str:
        return row.get_kind_display()

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        acts = [
            path("<int:item_id>/settle/", view(settle_item), name=SETTLE_NAME),
            path("<int:item_id>/map/", view(price_mapping.map_price), name="customers_reviewitem_map"),
        ]
        return [*acts, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        item = self.get_object(request, object_id) if self.has_view_permission(request) else None
        extra = _shown(request, item) if isinstance(item, ReviewItem) else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @admin.display(description="evidence")
    def evidence_seen(self, item: ReviewItem) -> str:
        said = (f"{key.replace('_', ' ')} {_plain(value)}" for key, value in item.evidence.items())
        return ", ".join(said) or NOTHING

    @admin.display(description="seen")
    def seen(self, item: ReviewItem) -> str:
        return f"{item.seen_count:,} time{'' if item.seen_count == 1 else 's'}"

    @admin.display(description="opened")
    def opened(self, item: ReviewItem) -> SafeString:
        return moment(item.opened_at, now=timezone.now())

    @admin.display(description="settled")
    def settled(self, item: ReviewItem) -> str:
        if item.settled_at is None:
            return NOTHING
        return f"{item.decision.replace('_', ' ')}, {item.settled_by}" if item.decision else "by a later fact"


@require_POST
def settle_item(request: HttpRequest, item_id: int) -> HttpResponse:
    """Make one choice about one doubt."""
    if not request.user.has_perms((SETTLE, "customers.view_reviewitem")):
        raise PermissionDenied
    assert isinstance(request.user, User)
    item = ReviewItem.objects.filter(pk=item_id).first() if item_id < 2**63 else None
    choice = reviewing.choice_of(item, request.POST.get("choice", "")) if item else None
    if item is None or choice is None:
        raise Http404
    if choice.right and not request.user.has_perm(choice.right):
        raise PermissionDenied
    if choice.page:
        return redirect(choice.page, item_id)
    page = reverse("admin:customers_reviewitem_change", args=[item_id])
    if choice.dangerous and (first := confirm_first(request, page=page)):
        return first
    typed = text_of(request, choice.field, most=16)
    decision = deciding.Decision(choice, request.user, reason_of(request), typed)
    try:
        messages.success(request, deciding.decide(item_id, decision, now=timezone.now()))
    except deciding.NotDecidedError as error:
        messages.error(request, str(error))
    return redirect(page)


def _shown(request: HttpRequest, item: ReviewItem) -> dict[str, Any]:
    """What the page of one doubt says."""
    doubt = reviewing.doubt_of(item)
    held = deciding.held(item).count() if item.kind == ReviewKind.HELD_REMOVAL else None
    may = request.user.has_perm(SETTLE)
    return {
        "title": item.get_kind_display(),
        "item": item,
        "decided": item.decision.replace("_", " "),
        "doubt": doubt,
        "evidence": reviewing.evidence(item, held=held, named=may_name(request)),
        "who": name_of(item.customer, named=may_name(request)) if item.customer_id else "",
        "typed": item.customer.country_raw if item.customer and may_name(request) else "",
        "choices": [
            each for each in doubt.choices if may and (not each.right or request.user.has_perm(each.right))
        ],
        "may_settle": may,
        "elsewhere": [
            (label, reviewing.list_of(model))
            for label, model in doubt.elsewhere
            if request.user.has_perm(model.replace(".", ".view_"))
        ],
        "interrupted": kept(request),
        "countries": sorted(CODES),
        "longest": LONGEST_REASON,
        "longest_days": deciding.LONGEST_DAYS,
    }


def _plain(value: Any) -> str:
    """A word as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
