"""The second step of a sign-in, and what staff see until it is done."""

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.models import AbstractUser, User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django_otp import login as remember_factor

from support import audit, factors, sign_ins
from support.admin.reauth import confirm_first, is_local

FEW = 4  # recovery codes: time to make new ones
ASKED = "second_factor_asked"
OPEN = ("admin:login", "admin:logout", "staff:second_factor", "staff:set_up")


class CodeForm(forms.Form):
    """A code of the app, or a recovery code."""

    code = forms.CharField(
        max_length=32,
        label="Code",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )


def is_complete(request: HttpRequest) -> bool:
    """Whether everything was shown that this sign-in asks for."""
    if getattr(request.user, "otp_device", None) is not None:
        return True
    return not (settings.SECOND_FACTOR_REQUIRED or request.session.get(ASKED))


def step_missing(request: HttpRequest) -> HttpResponse | None:
    """The step that is left to somebody whose password was right; nothing else is shown to them."""
    if is_complete(request) or request.path in map(reverse, OPEN):
        return None
    assert isinstance(request.user, AbstractUser)
    step = reverse("staff:second_factor" if factors.device_of(request.user) else "staff:set_up")
    back = request.get_full_path() if request.method == "GET" else reverse("admin:index")
    return redirect(f"{step}?{urlencode({'next': back})}")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for a code, and let in."""
    assert isinstance(request.user, AbstractUser)
    device = factors.device_of(request.user)
    if is_complete(request) or device is None:
        return redirect("admin:index")
    form = CodeForm(request.POST if request.method == "POST" else None)
    wanted = request.POST.get("next") or request.GET.get("next", "")
    back = wanted if is_local(wanted) else reverse("admin:index")
    if form.is_valid():
        used = factors.prove(request, request.user, code=form.cleaned_data["code"])
        if used:
            remember_factor(request, device)
            let_in(request, request.user, factor=used)
            few = used == "recovery code" and factors.codes_left(request.user) < FEW
            return HttpResponseRedirect(reverse("staff:security") if few else back)
        form.add_error(None, "That is not right. A code works once; the app shows the next within 30 s.")
    context = {
        **admin.site.each_context(request),
        "title": "Second step",
        "lead": "The code that your authenticator app shows now. Without your phone: a recovery code. "
        "Without both: somebody who looks after the accounts resets it.",
        "form": form,
        "submit": "Sign in",
        "next": back,
        "other_account": True,
        "has_permission": False,
    }
    return TemplateResponse(request, "support/signin/form.html", context)


def let_in(request: HttpRequest, user: AbstractUser, *, factor: str) -> None:
    """The sign-in is complete: a session id that nobody saw before, a clean slate, a record."""
    request.session.cycle_key()
    request.session.pop(ASKED, None)
    factors.forget_failures(request, user)
    sign_ins.record_sign_in(user, factor=factor)


def change_password(request: HttpRequest) -> HttpResponse:
    """The stock page, behind the confirm page: its own field for the old password counts no failures."""
    asked = confirm_first(request)
    if asked:
        return asked
    assert isinstance(request.user, AbstractUser)
    with transaction.atomic():
        answer = admin.site.password_change(request)
        if request.method == "POST" and answer.status_code == 302:
            audit.record("change_password", request.user, by=request.user)
        return answer


class SignInForm(AdminAuthenticationForm):
    """The first step; it completes the sign-in where no second one is asked."""

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if not settings.SECOND_FACTOR_REQUIRED and factors.device_of(user) is None:
            assert self.request is not None
            factors.forget_failures(self.request, user)
            sign_ins.record_sign_in(user, factor="none")


@receiver(user_logged_in, dispatch_uid="support.second_factor")
def ask_for_the_second(request: HttpRequest, user: AbstractUser, **_: object) -> None:
    """Who has an app is asked for its code, required or not."""
    if factors.device_of(user) is not None:
        request.session[ASKED] = True
