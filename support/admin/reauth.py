"""Confirm that it is you: bulk acts and acts that change rights ask for the password again."""

import time
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from support import factors
from support.admin.kept import CONFIRMED_AT, keep


class ConfirmForm(forms.Form):
    """The password, and a code where the person has an authenticator app."""

    password = forms.CharField(
        strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )
    code = forms.CharField(
        max_length=32,
        label="Code of your authenticator app, or a recovery code",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


def confirm_first(request: HttpRequest, *, cancel: str = "", page: str = "") -> HttpResponse | None:
    """A redirect to the confirm page, unless the password was entered within the last ten minutes.

    Call it before anything is done: the person is led back to where the form was and presses again. A posted
    form is kept only for the `page` that is named: it finds there with `kept` what was chosen and typed. Who
    would rather not is led to `cancel`: name it where the page that they come from may ask the same.
    """
    age = time.time() - request.session.get(CONFIRMED_AT, 0)
    if 0 <= age < settings.REAUTHENTICATION_AGE:
        return None
    if request.method != "GET":
        messages.warning(request, "Nothing was done yet: confirm that it is you, then press again.")
        if page:
            keep(request, page=page)
    ways = {"next": page or _page_of(request), "cancel": cancel or _way_out(request)}
    return redirect(f"{reverse('staff:confirm')}?{urlencode(ways)}")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for the password (and the code), then go back to where it was asked."""
    assert isinstance(request.user, AbstractUser)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if factors.device_of(request.user) is None:
        del form.fields["code"]
    wanted = request.POST.get("next") or request.GET.get("next", "")
    back = wanted if is_local(wanted) else reverse("admin:index")
    way_out = request.GET.get("cancel", "")
    if form.is_valid():
        if _is_you(request, request.user, form.cleaned_data):
            request.session.cycle_key()
            request.session[CONFIRMED_AT] = time.time()
            return HttpResponseRedirect(back)
        once = "; a code of the app works once only" if "code" in form.fields else ""
        form.add_error(None, f"That is not right. Try again{once}.")
    context = {
        **admin.site.each_context(request),
        "title": "Confirm that it is you",
        "lead": f"You are signed in as {request.user.get_username()}. This act asks for your password again.",
        "form": form,
        "submit": "Confirm",
        "next": back,
        "cancel": way_out if is_local(way_out) else reverse("admin:index"),
        "has_permission": False,
    }
    return TemplateResponse(request, "support/signin/form.html", context)


def is_local(address: str) -> bool:
    """Whether it is a path of our own site."""
    return address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None)


@receiver(user_logged_in, dispatch_uid="support.reauth")
def confirmed_by_signing_in(request: HttpRequest, **_: object) -> None:
    request.session[CONFIRMED_AT] = time.time()


def _is_you(request: HttpRequest, user: AbstractUser, entered: dict[str, str]) -> bool:
    # Through the same door as the sign-in, so that wrong ones are counted and lock there too.
    if authenticate(request, username=user.get_username(), password=entered["password"]) != user:
        return False
    if "code" in entered and not factors.prove(request, user, code=entered["code"]):
        return False
    factors.forget_failures(request, user)
    return True


def _page_of(request: HttpRequest) -> str:
    """The page to come back to: a GET's own address, or the one whose form was sent."""
    if request.method == "GET":
        return request.get_full_path()
    return _came_from(request) or reverse("admin:index")


def _way_out(request: HttpRequest) -> str:
    """Where nothing is asked: the page they came from, unless it is the asking one itself."""
    came_from, above = _came_from(request), _above(request.path)
    page = urlsplit(came_from).path
    asks = page == reverse("staff:confirm") or page == request.path != above
    return above if asks or not came_from else came_from


def _came_from(request: HttpRequest) -> str:
    """The page of ours that led here, "" where there is none."""
    referrer = urlsplit(request.headers.get("Referer", ""))
    if referrer.netloc != request.get_host():
        return ""
    return f"{referrer.path}?{referrer.query}" if referrer.query else referrer.path


def _above(address: str) -> str:
    """The person, the list or the desk that a page is of, else Today."""
    front, desk = reverse("admin:index"), reverse("desks:dead-letters")
    if address.startswith(desk):
        return desk
    app, model, number = [*address.removeprefix(front).split("/"), "", "", ""][:3]
    if (app, model) == ("customers", "customer") and number.isdigit():
        return reverse("admin:customers_customer_change", args=[number])
    try:
        return reverse(f"admin:{app}_{model}_changelist")
    except NoReverseMatch:
        return front
