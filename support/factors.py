"""The second factor of staff: a code of an authenticator app, or a recovery code; each counts once."""

import base64
import secrets

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like something else


def device_of(user: AbstractUser) -> TOTPDevice | None:
    """The authenticator app that this person has confirmed."""
    return TOTPDevice.objects.filter(user=user, confirmed=True).order_by("pk").first()


def prove(request: HttpRequest, user: AbstractUser, *, code: str) -> str:
    """Spend a code: "app" or "recovery code" when it was right, else "".

    Wrong ones count like wrong passwords, and lock alike.
    """
    if not AxesProxyHandler.is_allowed(request, {"username": user.get_username()}):
        return ""
    plain = "".join(code.split()).replace("-", "").lower()
    if plain.isdigit() and _spend_of_app(user, plain):
        return "app"
    if not plain.isdigit() and _spend_recovery(user, plain):
        return "recovery code"
    user_login_failed.send(
        sender=__name__, credentials={"username": user.get_username()}, request=request, factor="code"
    )
    return ""


def forget_failures(request: HttpRequest, user: AbstractUser) -> None:
    """After all that was asked for was right: a right password alone would allow endless wrong codes."""
    AxesProxyHandler.reset_attempts(
        username=user.get_username(), ip_address=request.META.get("REMOTE_ADDR", "")
    )


def fresh_recovery_codes(user: AbstractUser) -> list[str]:
    """Ten new codes, told once; the old ones end. Only keyed digests are kept."""
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user=user).delete()
        device = StaticDevice.objects.create(user=user, name="recovery codes")
        StaticToken.objects.bulk_create(StaticToken(device=device, token=_digest(each)) for each in codes)
    return [f"{each[:5]}-{each[5:]}" for each in codes]


def codes_left(user: AbstractUser) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def take_away(user: AbstractUser) -> bool:
    """Remove the app and the recovery codes of somebody who lost them; whether there was anything."""
    removed, _ = TOTPDevice.objects.filter(user=user).delete()
    return bool(StaticDevice.objects.filter(user=user).delete()[0] + removed)


# The locks make two requests with one code take turns; the failure that a device notes must be kept.
def _spend_of_app(user: AbstractUser, code: str) -> bool:
    with transaction.atomic():
        app = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=True).first()
        return bool(app and app.verify_token(code))


def _spend_recovery(user: AbstractUser, code: str) -> bool:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    with transaction.atomic():
        device = StaticDevice.objects.select_for_update().filter(user=user).first()
        if device is None or not device.verify_is_allowed()[0]:
            return False
        spent, _ = device.token_set.filter(token__in=[_digest(code, key=key) for key in keys]).delete()
        if spent:
            device.throttle_reset()
        else:
            device.throttle_increment()
        return bool(spent)


def _digest(code: str, *, key: str | None = None) -> str:
    """What the table keeps instead of the code: 96 bits, as many as its column holds."""
    whole = salted_hmac("support.factors.recovery", code, secret=key, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(whole[:12]).decode()
