"""Access by hand: grant a plan, extend what a purchase gave, end a grant; each is previewed first."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.lifecycle import held_by
from customers.models import Customer, Entitlement, Override, Plan
from customers.overrides import extension, supposed
from support import by_hand
from support.admin.customer_acts import allowed, back
from support.admin.customer_screen import base, of
from support.admin.kept import sent
from support.admin.reauth import confirm_first
from support.admin.typed import LONGEST_REASON
from support.screen import consequences
from support.screen.person import syncs_of

LONGEST = timedelta(days=366)
END_OF_DAY = time(23, 59, 59)
Act = Callable[..., bool]


class Reason(forms.Form):
    """Why: kept in the record for good."""

    reason = forms.CharField(
        max_length=LONGEST_REASON,
        label="Reason",
        widget=forms.TextInput(attrs={"size": 60, "autocomplete": "off"}),
        error_messages={"required": "Say why: it is kept in the record."},
    )


class Until(Reason):
    """Until the end of a day (UTC) and why."""

    until = forms.DateField(label="Until the end of", widget=forms.DateInput(attrs={"type": "date"}))
    field_order = ("plan", "until", "reason")

    def __init__(self, *args: object, latest: datetime, now: datetime, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.latest, self.now = latest, now
        bounds = {"min": now.date().isoformat(), "max": latest.date().isoformat()}
        self.fields["until"].widget.attrs |= bounds

    def clean_until(self) -> datetime:
        day: date = self.cleaned_data["until"]
        end = datetime.combine(day, END_OF_DAY, UTC)
        if day > self.latest.date():
            raise forms.ValidationError(f"No later than {self.latest.day} {self.latest:%B %Y}.")
        if min(end, self.latest) <= self.now:
            raise forms.ValidationError("Choose a day that is not over.")
        return min(end, self.latest)


class Granting(Until):
    plan = forms.ModelChoiceField(Plan.objects.order_by("-rank", "slug"), label="Plan", empty_label=None)


@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Any plan until a date."""
    staff, customer, now = allowed(request, "grant"), of(customer_id), timezone.now()
    if confirm := confirm_first(request, page=request.get_full_path()):
        return confirm
    start = {"plan": customer.plan_id, "until": (now + timedelta(days=7)).date()}
    # A day ends once, however often the button is pressed: the same grant twice is one.
    latest = datetime.combine(now + LONGEST, END_OF_DAY, UTC)
    form = Granting(sent(request), initial=start, latest=latest, now=now)
    override = _override(form, customer, form.cleaned_data["plan"], staff) if form.is_valid() else None
    if override and request.POST.get("confirmed") == "yes":
        return _done(request, override, by_hand.grant, now=now)
    return _ask(request, customer, form, override, title="Grant access")


@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, customer_id: int) -> HttpResponse:
    """What the leading purchase gave, for up to 7 days past its end."""
    staff, customer, now = allowed(request, "extend"), of(customer_id), timezone.now()
    if confirm := confirm_first(request, page=request.get_full_path()):
        return confirm
    possible = extension(held_by(customer.pk), now=now)
    if possible is None:
        messages.info(
            request, "There is nothing to extend: no purchase of theirs has just ended or will end."
        )
        return back(customer_id)
    start = {"until": possible.latest.date()}
    form = Until(sent(request), initial=start, latest=possible.latest, now=now)
    override = _override(form, customer, possible.plan, staff) if form.is_valid() else None
    if override and request.POST.get("confirmed") == "yes":
        return _done(request, override, by_hand.extend, now=now)
    return _ask(request, customer, form, override, title=f"Extend access to {possible.plan.name}")


@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, customer_id: int, override_id: int) -> HttpResponse:
    """End a grant before its date."""
    staff, customer, now = allowed(request, "grant"), of(customer_id), timezone.now()
    if confirm := confirm_first(request, page=request.get_full_path()):
        return confirm
    override = Override.objects.filter(pk=override_id, customer=customer).select_related("plan").first()
    if override is None:
        raise Http404
    form = Reason(sent(request))
    if request.method == "POST" and form.is_valid():
        ended = by_hand.end(override, by=staff, reason=form.cleaned_data["reason"], now=now)
        told = f"The grant of {override.plan.name} has ended." if ended else "It had ended already."
        messages.success(request, told)
        return back(customer_id)
    held = consequences.without(held_by(customer.pk), str(override), now=now)
    context = {
        **_context(request, customer, held, now=now),
        "title": f"End the grant of {override.plan.name}",
        "form": form,
        "act": "End it now",
    }
    return TemplateResponse(request, "support/customer/access.html", context)


def _override(form: Until, customer: Customer, plan: Plan, staff: User) -> Override:
    wanted = form.cleaned_data
    return Override(
        customer=customer, plan=plan, until=wanted["until"], reason=wanted["reason"], granted_by=staff
    )


def _done(request: HttpRequest, override: Override, act: Act, *, now: datetime) -> HttpResponse:
    name, until = override.plan.name, f"{override.until.day} {override.until:%B %Y}"
    try:
        new = act(override, now=now)
    except by_hand.NotPossible as problem:
        messages.error(request, str(problem))
        return back(override.customer_id)
    told = f"{name} is given until {until}." if new else f"{name} was given until {until} already."
    messages.success(request, told)
    return back(override.customer_id)


def _ask(
    request: HttpRequest, customer: Customer, form: Until, override: Override | None, *, title: str
) -> HttpResponse:
    now = timezone.now()
    held = held_by(customer.pk)
    after = [*held, supposed(override, now=now)] if override else None
    context = {
        **_context(request, customer, after, now=now),
        "title": title,
        "form": form,
        "act": "Give it" if override else "Show what it would do",
        "confirmed": bool(override),
        "override": override,
    }
    return TemplateResponse(request, "support/customer/access.html", context)


def _context(
    request: HttpRequest, customer: Customer, after: list[Entitlement] | None, *, now: datetime
) -> dict[str, object]:
    would = None
    if after is not None:
        would = consequences.of(customer, after, syncs=syncs_of(customer.pk), now=now)
    return {**base(request, customer), "would": would, "now": now}
