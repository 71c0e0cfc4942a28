"""An unknown price from the review list: choose the plan that it sells, see whom that touches, do it."""

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billing.models import Price
from customers.models import Plan, ReviewItem
from customers.vocabulary import ReviewKind
from support.admin.kept import kept
from support.admin.reauth import confirm_first
from support.admin.typed import LONGEST_REASON, reason_of, text_of
from support.desks import deciding, reviewing
from support.mapping import selling
from support.mapping.price_preview import preview
from support.money import in_units

ITEM = "admin:customers_reviewitem_change"
RIGHTS = (
    "customers.view_reviewitem",
    "customers.settle_reviewitem",
    "integrations.change_planmapping",
)


@require_http_methods(["GET", "POST"])
def map_price(request: HttpRequest, item_id: int) -> HttpResponse:
    """GET: choose, with `?plan=` what it would do. POST: do it, and the item is settled."""
    if not request.user.has_perms(RIGHTS):
        raise PermissionDenied
    asked = ReviewItem.objects.filter(kind=ReviewKind.UNKNOWN_PRICE)
    item = asked.filter(pk=item_id).first() if item_id < 2**63 else None
    if item is None:
        raise Http404
    if first := confirm_first(request, page=request.get_full_path()):
        return first
    if item.settled_at is not None:
        messages.info(request, "Nothing to decide: this is settled.")
        return redirect(ITEM, item_id)
    return _decide(request, item) if request.method == "POST" else _show(request, item)


def _show(request: HttpRequest, item: ReviewItem) -> HttpResponse:
    now, plans = timezone.now(), list(Plan.objects.all())
    chosen = next((each for each in plans if each.slug == request.GET.get("plan")), None)
    price = Price.objects.filter(stripe_id=item.subject).first()
    sale = selling.Sale(item.subject, chosen) if chosen else None
    context = {
        **admin.site.each_context(request),
        "title": f"Map {item.subject}",
        "item": item,
        "price": price,
        "costs": in_units(price.amount, price.currency) if price and price.amount is not None else "",
        "plans": plans,
        "chosen": chosen.slug if chosen else item.evidence.get("sounds_like"),
        "sale": sale,
        "preview": preview(sale, now=now) if sale else None,
        "toml": selling.in_the_file(sale) if sale else "",
        "reason": kept(request).get("reason", ""),
        "longest": LONGEST_REASON,
    }
    return TemplateResponse(request, "support/mapping/price.html", context)


def _decide(request: HttpRequest, item: ReviewItem) -> HttpResponse:
    assert isinstance(request.user, User)  # admin_view let them in
    choice = reviewing.choice_of(item, reviewing.MAPPED)
    assert choice is not None
    plan = text_of(request, "plan", most=64)
    decision = deciding.Decision(choice, request.user, reason_of(request), plan)
    try:
        messages.success(request, deciding.decide(item.pk, decision, now=timezone.now()))
    except deciding.NotDecidedError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    return redirect(ITEM, item.pk)
