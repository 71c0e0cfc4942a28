"""Setting up the authenticator app, and the recovery codes that are shown once."""

import base64

import segno
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractUser
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_otp import login as remember_factor
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from support import audit, factors
from support.admin.reauth import confirm_first
from support.admin.signin import CodeForm, is_complete, let_in

NEW_KEY = "new_authenticator_key"  # kept in the session, so that looking at the page writes no row


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """What protects this person's sign-in."""
    assert isinstance(request.user, AbstractUser)
    context = {
        **admin.site.each_context(request),
        "title": "Your sign-in",
        "device": factors.device_of(request.user),
        "codes_left": factors.codes_left(request.user),
    }
    return TemplateResponse(request, "support/signin/security.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def set_up(request: HttpRequest) -> HttpResponse:
    """Show the key of a new app; a right code of it makes it the second factor."""
    assert isinstance(request.user, AbstractUser)
    had = factors.device_of(request.user)
    if had and not is_complete(request):
        return redirect("staff:second_factor")  # or the password alone would be enough to replace the app
    if had and (asked := confirm_first(request)):
        return asked
    key = request.session.setdefault(NEW_KEY, random_hex(20))
    device = TOTPDevice(user=request.user, name="authenticator app", key=key)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if _enrol(request, device, code=form.cleaned_data["code"]):
            return _show_codes(request, request.user)
        form.add_error("code", "That code does not belong to this key. Try the next one that the app shows.")
    context = {
        **admin.site.each_context(request),
        "title": "Set up your authenticator app",
        "form": form,
        "submit": "Confirm",
        "key": _grouped(device),
        "picture": segno.make(device.config_url, micro=False).svg_data_uri(scale=4, light="white"),
        "other_account": not is_complete(request),
        "cancel": reverse("staff:security") if is_complete(request) else "",
        "has_permission": False,
    }
    return TemplateResponse(request, "support/signin/set_up.html", context)


@require_POST
def codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes; the old ones end."""
    assert isinstance(request.user, AbstractUser)
    if factors.device_of(request.user) is None:
        return redirect("staff:set_up")
    return confirm_first(request) or _show_codes(request, request.user)


def _enrol(request: HttpRequest, device: TOTPDevice, *, code: str) -> bool:
    user = device.user
    with transaction.atomic():
        get_user_model().objects.select_for_update().get(pk=user.pk)
        had = factors.device_of(user) is not None
        device.save()
        if not device.verify_token(code.replace(" ", "")):
            device.delete()
            return False
        TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
        audit.record("set_up_second_factor", user, by=user, change=({"had_one": had}, {"had_one": True}))
    del request.session[NEW_KEY]
    remember_factor(request, device)
    let_in(request, user, factor="app")
    return True


def _show_codes(request: HttpRequest, user: AbstractUser) -> HttpResponse:
    with transaction.atomic():
        before = {"codes_left": factors.codes_left(user)}
        shown = factors.fresh_recovery_codes(user)
        audit.record("make_recovery_codes", user, by=user, change=(before, {"codes_left": len(shown)}))
    context = {**admin.site.each_context(request), "title": "Your recovery codes", "codes": shown}
    return TemplateResponse(request, "support/signin/codes.html", context)


def _grouped(device: TOTPDevice) -> str:
    """The key in fours, as people type it."""
    key = base64.b32encode(device.bin_key).decode()
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))
