"""Passwords and sessions: locked out, nothing told, ended when they must, and everything written down."""

import re
import time
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from support import sign_ins
from support.models import AuditEntry
from tests.support.rights.staff import CONFIRM, FRONT, LOGIN, PASSWORD, STEP, code_of, hired

LIST = reverse("admin:customers_customer_changelist")
TOKEN = "csrfmiddlewaretoken"


@pytest.fixture(autouse=True)
def _fast(settings: Settings, db: None) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def told(name: str, password: str) -> tuple[int, str]:
    answer = Client().post(LOGIN, {"username": name, "password": password})
    lines = answer.content.decode().replace(name, "").splitlines()
    return answer.status_code, "\n".join(line for line in lines if TOKEN not in line)


def test_unknown_wrong_and_locked_answer_the_same() -> None:
    ann = hired()
    wrong = told(ann.user.username, "wrong")
    for _ in range(5):
        told(ann.user.username, "wrong")

    assert told(ann.user.username, PASSWORD) == wrong == told("nobody", "wrong")


def test_a_locked_account_costs_a_password_check_too(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    ann = hired()
    for _ in range(5):
        told("nobody", "wrong")

    def cost(name: str) -> float:
        start = time.process_time()
        told(name, "wrong")
        return time.process_time() - start

    unlocked, locked = cost(ann.user.username), cost("nobody")

    assert locked > unlocked / 3  # without it: a hundredth


def test_the_lock_ends_after_a_quarter_of_an_hour_and_not_before() -> None:
    ann = hired()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(5):
            ann.enters_password("wrong")
        clock.shift(timedelta(minutes=14, seconds=59))
        ann.enters_password()
        assert not ann.is_in()
        clock.shift(timedelta(seconds=2))
        ann.enters_password()
        assert ann.is_in()


def test_forged_headers_neither_dodge_the_lock_nor_the_record() -> None:
    ann = hired()
    for number in range(5):
        forged = f"198.51.100.{number}"
        ann.enters_password("wrong", **{"X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": forged})
    ann.enters_password(**{"X-Forwarded-For": "198.51.100.77"})

    assert not ann.is_in()
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_a_locked_name_is_free_from_elsewhere_and_the_command_unlocks_it() -> None:
    ann = hired()
    for _ in range(5):
        ann.enters_password("wrong")
    ann.client = Client(REMOTE_ADDR="10.1.2.3")
    ann.enters_password()
    assert ann.is_in()

    call_command("axes_reset_username", ann.user.username)

    ann.client = Client()
    ann.enters_password()
    assert ann.is_in()


def test_failed_and_good_sign_ins_are_written_down_without_the_name_that_was_typed() -> None:
    ann = hired()
    ann.enters_password("wrong")
    ann.enters_password("wrong", name="my-password-in-the-wrong-box")
    ann.enters_password()
    ann.client.post(reverse("admin:logout"))

    rows = AuditEntry.objects.order_by("pk").values_list("act", "subject")
    me = f"user:{ann.user.pk}"
    assert list(rows) == [
        ("sign_in_failed", me), ("sign_in_failed", "user:unknown"), ("sign_in", me), ("sign_out", me),
    ]  # fmt: skip
    assert "wrong-box" not in str(list(AuditEntry.objects.values()))


def test_one_password_on_many_names_is_noticed_and_does_not_fill_the_record() -> None:
    for number in range(sign_ins.MANY_NAMES + 10):
        told(f"name{number}", "Summer2026!")

    assert sign_ins.names_tried(timezone.now()) == sign_ins.MANY_NAMES + 10
    assert AuditEntry.objects.count() <= sign_ins.MANY_NAMES + 1
    assert sign_ins.names_tried(timezone.now() + timedelta(minutes=16)) == 0


def test_what_is_kept_of_a_failure_holds_no_password_and_no_code() -> None:
    ann = hired(app=True)
    ann.enters_password("a wrong secret")
    ann.enters_password()
    ann.enters_code("987654")

    kept = str(list(AccessAttempt.objects.values()))
    assert "a wrong secret" not in kept
    assert "987654" not in kept


def test_a_session_ends_after_half_an_hour_of_rest() -> None:
    ann = hired()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ann.enters_password()
        clock.shift(timedelta(minutes=29))
        assert ann.is_in()
        clock.shift(timedelta(minutes=31))
        assert not ann.is_in()


def test_the_page_after_the_logout_is_ours_and_leads_back_in() -> None:
    ann = hired()
    ann.enters_password()

    page = ann.client.post(reverse("admin:logout")).content.decode()

    assert "You are signed out" in page
    assert "quality time" not in page
    assert f'href="{FRONT}">Sign in again</a>' in page
    assert 'id="menu"' not in page


def test_one_signs_in_and_signs_out_and_never_logs_in() -> None:
    ann = hired(app=True, is_superuser=True)
    pages = [ann.client.get(LOGIN)]
    ann.enters_password()
    pages.append(ann.client.get(STEP))
    ann.enters_code(code_of(ann.user))
    pages += [ann.client.get(FRONT), ann.client.get(reverse("admin:auth_user_change", args=[ann.user.pk]))]
    pages.append(ann.client.post(reverse("admin:logout")))

    said = [" ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split()) for page in pages]
    assert [page.status_code for page in pages] == [200] * 5
    assert said[0].startswith("Sign in · Launch Ready")
    assert "Sign out" in said[2]
    assert "Last sign-in" in said[3]
    assert said[4].startswith("Signed out · Launch Ready")
    for each in said:
        assert not re.search(r"\blog(ged|s)?[ -]?(in|out)", each, re.IGNORECASE), each


def test_a_cookie_is_worthless_after_the_logout() -> None:
    ann = hired()
    ann.enters_password()
    cookie = ann.client.cookies["sessionid"].value
    ann.client.post(reverse("admin:logout"))

    thief = Client()
    thief.cookies["sessionid"] = cookie

    assert thief.get(FRONT).status_code == 302


def test_a_new_password_ends_the_other_sessions() -> None:
    ann, there = hired(), None
    ann.enters_password()
    there = ann.client
    ann.client = Client()
    ann.enters_password()
    new = "quite another password"

    ann.client.post(
        reverse("admin:password_change"),
        {"old_password": PASSWORD, "new_password1": new, "new_password2": new},
    )

    assert ann.is_in()
    assert there.get(FRONT).status_code == 302
    assert AuditEntry.objects.filter(act="change_password", actor=ann.user).count() == 1


def test_who_is_disabled_or_loses_a_right_is_out_at_the_next_request() -> None:
    ann = hired()
    ann.user.groups.add(Group.objects.get(name="Read only"))
    ann.enters_password()
    assert ann.client.get(LIST).status_code == 200

    ann.user.groups.clear()
    assert ann.client.get(LIST).status_code == 403
    type(ann.user).objects.filter(pk=ann.user.pk).update(is_active=False)
    assert ann.client.get(FRONT).headers["Location"].startswith(LOGIN)


def test_the_confirm_page_wants_the_password_counts_failures_and_goes_back_to_our_own_pages_only() -> None:
    ann = hired()
    ann.enters_password()
    away = {"password": PASSWORD, "next": "https://evil.example/"}
    assert ann.client.post(CONFIRM, away).headers["Location"] == FRONT
    assert ann.client.post(CONFIRM, away | {"next": "//evil.example/"}).headers["Location"] == FRONT
    assert ann.client.post(CONFIRM, away | {"next": LIST}).headers["Location"] == LIST

    for _ in range(5):
        assert "not right" in ann.client.post(CONFIRM, {"password": "wrong"}).content.decode()

    assert ann.client.post(CONFIRM, {"password": PASSWORD}).status_code == 200


def test_a_denied_act_is_written_down() -> None:
    ann = hired()
    ann.enters_password()

    ann.client.post("/admin/customers/customer/12/replay/", {"reason": "secret plan"})

    entry = AuditEntry.objects.get(act="denied")
    assert (entry.actor, entry.subject) == (ann.user, "page:admin:customers_customer_replay")
    assert entry.after == {"method": "POST", "customer_id": 12}
    assert entry.address == "127.0.0.1"
