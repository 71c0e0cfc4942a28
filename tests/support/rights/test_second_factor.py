"""The second factor: required, asked for, spent once, locked when guessed, lost and replaced."""

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from pytest_django import Settings

from support import factors
from support.admin.enrolment import NEW_KEY
from support.models import AuditEntry
from tests.support.rights.staff import FRONT, PASSWORD, SET_UP, STEP, code_of, hired

USERS = reverse("admin:auth_user_changelist")


@pytest.fixture(autouse=True)
def _required(settings: Settings, db: None) -> None:
    settings.SECOND_FACTOR_REQUIRED = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def acts() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("act", flat=True))


def test_who_has_none_is_led_to_set_one_up_and_sees_nothing_else() -> None:
    ann = hired(superuser=True)
    ann.enters_password()

    answer = ann.client.get("/admin/customers/customer/?status=active")

    assert answer.headers["Location"].startswith(SET_UP)
    assert not ann.is_in()


def test_setting_up_shows_the_codes_once_and_lets_in() -> None:
    ann = hired(superuser=True)
    ann.enters_password()
    page = ann.client.get(SET_UP).content.decode()
    assert "data:image/svg+xml" in page
    steps = page.split('<ol class="steps">')[1].split("</ol>")[0].split("<li>")[1:]
    assert ["or type this key" in each for each in steps] == [True, False]
    assert not TOTPDevice.objects.exists()
    device = TOTPDevice(user=ann.user, key=ann.client.session[NEW_KEY])
    device.save()
    code = code_of(ann.user)
    device.delete()

    shown = ann.client.post(SET_UP, {"code": code})

    assert len(shown.context["codes"]) == 10
    assert ann.is_in()
    assert acts() == ["set_up_second_factor", "sign_in", "make_recovery_codes"]
    kept = " ".join(StaticToken.objects.values_list("token", flat=True))
    assert not any(each in kept or each.replace("-", "") in kept for each in shown.context["codes"])


def test_a_wrong_code_sets_nothing_up() -> None:
    ann = hired(superuser=True)
    ann.enters_password()
    ann.client.get(SET_UP)

    assert "does not belong" in ann.client.post(SET_UP, {"code": "abc"}).content.decode()
    assert not TOTPDevice.objects.exists()


def test_the_password_alone_cannot_replace_the_app() -> None:
    ann = hired(app=True)
    ann.enters_password()

    assert ann.client.get(SET_UP).headers["Location"] == STEP
    assert ann.client.post(SET_UP, {"code": "123456"}).headers["Location"] == STEP
    assert not ann.is_in()


def test_a_right_code_lets_in_and_makes_a_new_session() -> None:
    ann = hired(app=True)
    before = ann.enters_password().cookies["sessionid"].value

    ann.enters_code(code_of(ann.user))

    assert ann.is_in()
    assert ann.client.cookies["sessionid"].value != before
    assert AuditEntry.objects.get(act="sign_in").after == {"second_factor": "app"}


def test_a_code_is_refused_the_second_time_also_in_another_browser() -> None:
    ann = hired(app=True)
    code = code_of(ann.user)
    ann.enters_password()
    ann.enters_code(code)

    ann.client = Client()
    ann.enters_password()
    ann.enters_code(code)

    assert not ann.is_in()


def test_a_recovery_code_lets_in_once() -> None:
    ann = hired(app=True)
    code = factors.fresh_recovery_codes(ann.user)[0].upper()
    ann.enters_password()
    ann.enters_code(code)
    assert ann.is_in()

    ann.client = Client()
    ann.enters_password()
    ann.enters_code(code)

    assert not ann.is_in()
    assert factors.codes_left(ann.user) == 9


def test_five_wrong_codes_lock_although_the_password_is_entered_anew_each_time() -> None:
    ann = hired(app=True)
    for _ in range(5):
        ann.enters_password()
        ann.enters_code("000000")

    ann.client = Client()
    ann.enters_password()
    ann.enters_code(code_of(ann.user))

    assert not ann.is_in()
    last = AuditEntry.objects.filter(act="sign_in_failed").order_by("-pk").first()
    assert last is not None
    assert last.after == {"wrong": "code", "in_a_row": 5, "locked": True}


def test_guessing_from_many_addresses_is_slowed_by_the_app_itself() -> None:
    ann = hired(app=True)
    with time_machine.travel(timezone.now(), tick=False):
        for number in range(3):
            ann.client = Client(REMOTE_ADDR=f"10.0.0.{number}")
            ann.enters_password()
            ann.enters_code("000000")

        ann.client = Client(REMOTE_ADDR="10.0.0.9")
        ann.enters_password()
        ann.enters_code(code_of(ann.user))

        assert not ann.is_in()


def test_a_new_password_does_not_skip_the_second_factor() -> None:
    ann = hired(app=True)
    ann.user.set_password("another long password")
    ann.user.save()

    ann.enters_password("another long password")

    assert ann.client.get(FRONT).headers["Location"].startswith(STEP)


def test_one_persons_code_is_no_other_persons() -> None:
    ann, bea = hired(app=True), hired(app=True)
    ann.enters_password()

    ann.enters_code(code_of(bea.user))

    assert not ann.is_in()


def test_a_superuser_resets_a_lost_phone_with_a_reason_and_it_counts_at_once() -> None:
    ann, chief = hired(app=True), hired(app=True, superuser=True)
    for each in (ann, chief):
        each.enters_password()
        each.enters_code(code_of(each.user))
    asked = {"action": "reset_second_factor", "_selected_action": [ann.user.pk], "index": "0"}

    assert "say why" in chief.client.post(USERS, asked, follow=True).content.decode()
    assert ann.is_in()
    chief.client.post(USERS, asked | {"reason": "phone lost"})

    assert ann.client.get(FRONT).headers["Location"].startswith(SET_UP)
    entry = AuditEntry.objects.get(act="reset_second_factor")
    assert (entry.actor, entry.reason, entry.subject) == (chief.user, "phone lost", f"user:{ann.user.pk}")


def test_the_command_resets_it_for_the_only_superuser() -> None:
    chief = hired(app=True, superuser=True)

    call_command("reset_second_factor", chief.user.username, reason="phone lost")

    assert factors.device_of(chief.user) is None
    assert acts() == ["reset_second_factor"]
    with pytest.raises(CommandError, match="Nobody has this name"):
        call_command("reset_second_factor", "nobody", reason="x")


def test_new_recovery_codes_end_the_old_ones_and_need_the_password_again() -> None:
    ann = hired(app=True)
    old = factors.fresh_recovery_codes(ann.user)[0]
    ann.enters_password()
    ann.enters_code(code_of(ann.user))
    make = reverse("staff:recovery_codes")

    assert len(ann.client.post(make).context["codes"]) == 10
    assert not factors._spend_recovery(ann.user, old.replace("-", ""))
    session = ann.client.session
    session["confirmed_at"] = 0
    session.save()
    assert ann.client.post(make).headers["Location"].startswith("/admin/confirm/")


def test_in_development_a_password_is_enough_until_an_app_is_set_up(settings: Settings) -> None:
    settings.SECOND_FACTOR_REQUIRED = False
    ann, bea = hired(), hired(app=True)
    for each in (ann, bea):
        each.enters_password(PASSWORD)

    assert ann.is_in()
    assert not bea.is_in()
