"""Each sensitive act leaves a row that nobody can change; what cannot be written down is not done."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from support.models import AuditEntry
from tests.factories import AuditEntryFactory
from tests.refusal import refused
from tests.support.rights.acts import WHY, Act, do, everything
from tests.support.rights.staff import code_of, hired

pytestmark = pytest.mark.usefixtures("_quiet")
ADDRESS = "203.0.113.7"
ASIDE = ("django_session", "axes_", "support_auditentry", "django_admin_log", "django_migrations")


@pytest.fixture
def chief(settings: Settings, db: None) -> tuple[User, Client]:
    """A superuser who signed in with password and code a moment ago."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    person = hired(app=True, superuser=True)
    person.client = Client(raise_request_exception=False, REMOTE_ADDR=ADDRESS)
    person.enters_password()
    person.enters_code(code_of(person.user))
    return person.user, person.client


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """The rows as before, and the browser's cookie with them."""
    cookie = client.cookies["sessionid"].value
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies["sessionid"] = cookie


def first_do(client: Client, act: Act, acts: list[Act]) -> None:
    for each in acts:
        if each.name == act.first:
            do(client, each)


def everything_stored() -> dict[str, str]:
    """A digest of each table, but the record and what only counts requests."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(each for each in tables if not each.startswith(ASIDE)):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')
            found[table] = hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()
    return found


def test_each_act_says_who_when_from_where_and_why(chief: tuple[User, Client]) -> None:
    user, client = chief
    acts = everything(user)
    assert len(acts) >= 12
    for act in acts:
        with undone(client):
            first_do(client, act, acts)
            done, last = timezone.now(), AuditEntry.objects.latest("pk").pk
            assert do(client, act) in (200, 302), act.name
            told = AuditEntry.objects.filter(pk__gt=last)
            assert act.name in told.values_list("act", flat=True)
            row = told.get(act=act.name)
            assert (row.actor, row.address) == (user, ADDRESS), act.name
            assert abs(row.happened_at - done) < timedelta(minutes=1), act.name
            assert row.happened_at.utcoffset() == timedelta(0)
            assert row.reason == (WHY if act.says_why else ""), act.name
            assert row.subject.split(":")[1], act.name


def test_a_change_of_rights_says_what_was_before_and_after(chief: tuple[User, Client]) -> None:
    user, client = chief
    act = next(each for each in everything(user) if each.name == "change_user")

    do(client, act)

    row = AuditEntry.objects.get(act="change_user")
    assert (row.before["superuser"], row.after["superuser"]) == (False, True)
    assert "gwen" not in str(row.__dict__)


def test_rights_are_not_changed_without_a_reason(chief: tuple[User, Client]) -> None:
    user, client = chief
    for act in everything(user):
        if act.name in ("change_user", "add_user"):
            answer = client.post(act.path, act.form | {"reason": " "})
            assert "This field is required" in answer.content.decode(), act.name
    assert not AuditEntry.objects.filter(act__endswith="_user").exists()
    assert not User.objects.get(username="gwen").is_superuser


def test_an_act_that_cannot_be_written_down_is_not_done(chief: tuple[User, Client]) -> None:
    user, client = chief
    acts = everything(user)
    for act in acts:
        with undone(client):
            first_do(client, act, acts)
            before = everything_stored()
            with record_refused():
                assert do(client, act) == 500, act.name
            assert [name for name, digest in everything_stored().items() if digest != before[name]] == [], (
                act.name
            )


def test_nobody_comes_in_whose_sign_in_cannot_be_written_down(chief: tuple[User, Client]) -> None:
    ann = hired(app=True)
    ann.client = Client(raise_request_exception=False)
    ann.enters_password()
    with record_refused():
        assert ann.enters_code(code_of(ann.user)).status_code == 500

    assert not ann.is_in()


def test_a_wrong_password_that_cannot_be_written_down_lets_nobody_in_and_counts(
    chief: tuple[User, Client],
) -> None:
    ann = hired()
    ann.client = Client(raise_request_exception=False)
    with record_refused():
        assert ann.enters_password("wrong").status_code == 500
    assert not ann.is_in()


@contextmanager
def record_refused() -> Iterator[None]:
    """The table of the record takes no row meanwhile, as when its disk is full."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED"
        )  # what waits for the end
        cursor.execute("ALTER TABLE support_auditentry ADD CONSTRAINT full_up CHECK (false) NOT VALID")
        yield
        cursor.execute("ALTER TABLE support_auditentry DROP CONSTRAINT full_up")


def test_a_row_is_changed_and_deleted_by_nobody_not_even_through_the_admin(
    chief: tuple[User, Client],
) -> None:
    _, client = chief
    row = AuditEntryFactory.create()
    pages = [reverse(f"admin:support_auditentry_{verb}", args=[row.pk]) for verb in ("change", "delete")]
    listing = reverse("admin:support_auditentry_changelist")
    asked = {"action": "delete_selected", "_selected_action": [row.pk], "index": "0", "post": "yes"}

    assert [client.post(page, {"reason": "forged", "post": "yes"}).status_code for page in pages] == [
        403,
        403,
    ]
    client.post(listing, asked)
    for spoil in (
        lambda: AuditEntry.objects.filter(pk=row.pk).update(reason="other"),
        lambda: AuditEntry.objects.filter(pk=row.pk).delete(),
        lambda: AuditEntry.objects.filter(pk=row.pk)._raw_delete("default"),
        lambda: AuditEntry.objects.bulk_update([row], ["act"]),
        row.delete,
        row.save,
    ):
        with refused("append-only"):
            spoil()
    assert AuditEntry.objects.get(pk=row.pk).reason == ""


def test_whose_acts_are_recorded_cannot_be_deleted(chief: tuple[User, Client]) -> None:
    user, client = chief
    answer = client.post(reverse("admin:auth_user_delete", args=[user.pk]), {"post": "yes"})

    assert answer.status_code == 403
    with pytest.raises(Exception, match="protected"):
        user.delete()
    assert User.objects.filter(pk=user.pk).exists()
