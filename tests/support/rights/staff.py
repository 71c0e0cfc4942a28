"""Somebody of the staff with a password and an authenticator app, at the real login."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from support import factors
from tests.factories import UserFactory

PASSWORD = "a password for this test only"
LOGIN = reverse("admin:login")
FRONT = reverse("admin:index")
STEP = reverse("staff:second_factor")
SET_UP = reverse("staff:set_up")
CONFIRM = reverse("staff:confirm")


@dataclass
class Person:
    """A member of staff and their browser."""

    user: User
    client: Client = field(default_factory=Client)

    def enters_password(
        self, password: str = PASSWORD, *, name: str = "", **headers: str
    ) -> Any:  # the test client's own kind of response
        entered = {"username": name or self.user.username, "password": password, "next": FRONT}
        return self.client.post(LOGIN, entered, headers=headers)

    def enters_code(self, code: str) -> Any:
        return self.client.post(STEP, {"code": code, "next": FRONT})

    def is_in(self) -> bool:
        return self.client.get(FRONT).status_code == 200


def hired(*, app: bool = False, **columns: object) -> Person:
    user: User = UserFactory.create(**columns)
    user.set_password(PASSWORD)
    user.save()
    if app:
        TOTPDevice.objects.create(user=user, name="authenticator app")
        factors.fresh_recovery_codes(user)
    return Person(user)


def code_of(user: User, *, steps: int = 0) -> str:
    """What the app shows now, or so many steps of 30 s later."""
    device = TOTPDevice.objects.get(user=user)
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift + steps)
    return f"{totp.token():06d}"
