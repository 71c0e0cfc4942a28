"""Every page of the back office, every role, every verb, by forged requests: exactly the written matrix."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.factories import UserFactory
from tests.support.rights.matrix import ACTIONS, ANYBODY, NEVER, PAGES, SUPERUSER, holds, of_models
from tests.support.rights.walking import addresses, fill, make_world, office, rights_of, writes

pytestmark = pytest.mark.usefixtures("_quiet")
ROLES = ("staff without a group", "Read only", "Support", "Founder", "superuser")
REFUSED = (403, 404, 405)
EXPECTED = of_models() | PAGES
RECORD = "support_auditentry"  # a refused act is written down, and that is all
FORGED = {
    "_popup": "1", "_save": "Save", "_continue": "1", "post": "yes", "confirmed": "yes", "reason": "forged",
    "status": "active", "has_access": "on", "is_superuser": "on", "is_staff": "on", "is_active": "on",
    "username": "intruder", "choice": "done_by_hand", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1",
    "form-0-id": "1", "form-0-status": "active", "syncs": "1", "text": "forged", "subject": "forged",
}  # fmt: skip


def signed_in(role: str) -> tuple[Client, frozenset[str]]:
    user = UserFactory.create(is_superuser=role == "superuser")
    client = Client()
    rights = frozenset({ANYBODY})
    if role == "superuser":
        rights |= {SUPERUSER}
    elif role != "staff without a group":
        user.groups.add(Group.objects.get(name=role))
        rights |= rights_of(role)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client, rights


@contextmanager
def undone() -> Iterator[dict[str, int]]:
    """What is written inside is measured, then undone."""
    written: dict[str, int] = {}
    with transaction.atomic():
        before = writes()
        yield written
        written |= {name: n - before.get(name, 0) for name, n in writes().items() if n > before.get(name, 0)}
        transaction.set_rollback(True)


def refused(answer: Any) -> bool:
    return answer.status_code in REFUSED or answer.headers.get("Location", "").startswith("/admin/login/")


def test_every_page_has_a_row_in_the_matrix_and_every_row_a_page() -> None:
    assert {each.name for each in office()} == set(EXPECTED)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_its_pages_and_no_others_and_looking_changes_nothing(role: str) -> None:
    make_world()
    client, rights = signed_in(role)
    for page in office():
        need = EXPECTED[page.name].get
        with undone() as written:
            answer = client.get(fill(page))
        assert answer.status_code < 500, page.name
        assert refused(answer) != holds(need, rights), (page.name, need, answer.status_code)
        assert not written, (page.name, written)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_does_what_it_may_and_a_forged_post_does_nothing_else(role: str) -> None:
    make_world()
    client, rights = signed_in(role)
    for page in office():
        need = EXPECTED[page.name].post
        with undone() as written:
            answer = client.post(fill(page), FORGED)
        assert answer.status_code < 500, page.name
        if holds(need, rights):
            assert answer.status_code in (200, 302, 404), (page.name, answer.status_code)
        else:
            assert need == NEVER or refused(answer), (page.name, need, answer.status_code)
            assert set(written) <= {RECORD}, (page.name, written)


@pytest.mark.parametrize("role", ROLES)
def test_no_action_of_a_list_runs_without_its_right(role: str) -> None:
    sync = make_world()
    client, rights = signed_in(role)
    for model, model_admin in admin.site._registry.items():
        app, name = model._meta.app_label, model._meta.model_name or ""
        row = model._default_manager.first()
        for action in {*map(str, model_admin.actions or ()), "delete_selected"}:
            need = ACTIONS.get((name, action), NEVER)
            assert need != NEVER or action == "delete_selected", f"no row for {action} of {name}"
            may = holds(need, rights)
            asked = {"action": action, "_selected_action": row.pk if row else sync.pk, "index": "0", **FORGED}
            with undone() as written:
                answer = client.post(reverse(f"admin:{app}_{name}_changelist"), asked)
            assert answer.status_code < 500, (name, action)
            assert may or set(written) <= {RECORD}, (name, action, written)


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_no_other_verb_changes_anything(verb: str) -> None:
    make_world()
    client, _ = signed_in("superuser")
    for page in office():
        with undone() as written:
            answer = getattr(client, verb)(fill(page))
        assert answer.status_code < 500, page.name
        assert set(written) <= {RECORD}, (page.name, written)


def test_somebody_not_signed_in_is_sent_to_the_login_from_everywhere() -> None:
    make_world()
    client = Client()
    for page in office():
        for answer in (client.get(fill(page)), client.post(fill(page), FORGED)):
            assert answer.headers.get("Location", "").startswith("/admin/login/"), page.name


def test_a_password_alone_opens_nothing_where_a_second_factor_is_required(settings: object) -> None:
    make_world()
    client, _ = signed_in("superuser")
    settings.SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]
    for page in office():
        if page.name in ("staff:second_factor", "staff:set_up"):
            continue
        with undone() as written:
            for answer in (client.get(fill(page)), client.post(fill(page), FORGED)):
                assert answer.headers.get("Location", "").startswith("/admin/second-factor/"), page.name
        assert not written, (page.name, written)


def test_a_post_from_another_site_is_refused_everywhere() -> None:
    make_world()
    client, _ = signed_in("superuser")
    client.handler.enforce_csrf_checks = True
    for page in office():
        with undone() as written:
            answer = client.post(fill(page), FORGED)
        assert answer.status_code in (403, 405), (page.name, answer.status_code)
        assert set(written) <= {RECORD}, (page.name, written)


def test_only_machines_that_sign_or_show_a_token_escape_the_csrf_check() -> None:
    exempt = {each.route.strip("^$/?") for each in addresses() if getattr(each.view, "csrf_exempt", False)}

    assert exempt == {"api/webhooks/stripe", "api/webhooks/convertkit", "api/support/tickets"}


def test_dangerous_acts_ask_for_the_password_again() -> None:
    make_world()
    client, _ = signed_in("superuser")
    session = client.session
    session["confirmed_at"] = 0
    session.save()
    asking = [
        *("admin:customers_customer_grant", "admin:customers_customer_extend", "staff:recovery_codes"),
        *("admin:customers_customer_end_override", "admin:auth_user_change", "admin:auth_user_add"),
        *("admin:auth_user_password_change", "admin:password_change", "admin:integrations_connection_mode"),
    ]
    for page in office():
        if page.name in asking:
            with undone() as written:
                answer = client.post(fill(page), FORGED)
            assert answer.headers.get("Location", "").startswith(
                ("/admin/confirm/", "/admin/second-factor/")
            ), page.name
            assert not written, page.name
