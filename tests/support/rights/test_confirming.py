"""Confirm that it is you: what is asked, and that "Not now" is a way out from every page that asks."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from customers.models import Override
from tests.factories import ConnectionFactory, CustomerFactory, PlanFactory, ReviewItemFactory, UserFactory
from tests.support.admin.conftest import signed_in
from tests.support.rights.staff import CONFIRM, FRONT, code_of, hired

HOST = "http://testserver"
USERS = reverse("admin:auth_user_changelist")


@pytest.fixture
def late() -> Client:
    """A founder whose password was entered too long ago."""
    client = signed_in(superuser=True)
    session = client.session
    session["confirmed_at"] = 0
    session.save()
    return client


def not_now(client: Client, asking: str, *, came_from: str = "", sent: bool = False) -> str:
    """Where "Not now" leads from a page that asks, opened or its form sent."""
    headers = {"Referer": came_from} if came_from else {}
    asked = (client.post if sent else client.get)(asking, headers=headers)
    assert asked.headers["Location"].startswith(CONFIRM), asking
    page = client.get(asked.headers["Location"]).content.decode()
    found = re.search(r'<a href="([^"]*)">Not now</a>', page)
    assert found
    return unescape(found[1])


def asking_pages() -> dict[str, str]:
    """Every page that asks before it shows itself, and what it is of."""
    ann, user = CustomerFactory.create(), UserFactory.create()
    person = reverse("admin:customers_customer_change", args=[ann.pk])
    plan, circle = PlanFactory.create(), ConnectionFactory.create(kind="circle")
    item = ReviewItemFactory.create(kind="unknown_price")
    given = Override.objects.create(
        customer=ann, plan=plan, until="2099-01-01T00:00Z", reason="a speaker", granted_by=user
    )
    return {
        reverse("admin:customers_customer_grant", args=[ann.pk]): person,
        reverse("admin:customers_customer_extend", args=[ann.pk]): person,
        reverse("admin:customers_customer_end_override", args=[ann.pk, given.pk]): person,
        reverse("admin:auth_user_add"): USERS,
        reverse("admin:auth_user_change", args=[user.pk]): USERS,
        reverse("admin:auth_user_password_change", args=[user.pk]): USERS,
        reverse("admin:integrations_connection_mode", args=[circle.pk]) + "?to=off": reverse(
            "admin:integrations_connection_changelist"
        ),
        reverse("admin:integrations_planmapping_edit", args=[plan.pk, circle.pk]): reverse(
            "admin:integrations_planmapping_changelist"
        ),
        reverse("admin:customers_reviewitem_map", args=[item.pk]): reverse(
            "admin:customers_reviewitem_changelist"
        ),
        reverse("admin:password_change"): FRONT,
    }


def test_not_now_leads_out_of_every_page_that_asks(late: Client) -> None:
    for asking, of in asking_pages().items():
        ways = {
            not_now(late, asking),
            not_now(late, asking, came_from=HOST + asking),
            not_now(late, asking, came_from=HOST + asking, sent=True),
            not_now(late, asking, came_from=f"{HOST}{CONFIRM}?next={asking}"),
            not_now(late, asking, came_from="https://evil.example/"),
        }

        assert ways == {of}, asking
        assert late.get(of).status_code == 200


def test_not_now_leads_back_to_the_page_that_they_came_from_as_it_was(late: Client) -> None:
    connection = ConnectionFactory.create(kind="circle")
    page = reverse("admin:integrations_connection_change", args=[connection.pk])
    asking = reverse("admin:integrations_connection_mode", args=[connection.pk]) + "?to=off"
    assert not_now(late, asking, came_from=HOST + page) == page

    people = reverse("admin:customers_customer_changelist") + "?q=ann&status__exact=active"
    export = reverse("admin:customers_customer_export")
    assert not_now(late, export, came_from=HOST + people, sent=True) == people


def test_not_now_never_leads_to_an_account_that_asks_the_same(late: Client) -> None:
    user = UserFactory.create()
    account, password = (
        reverse(f"admin:auth_user_{page}", args=[user.pk]) for page in ("change", "password_change")
    )

    assert not_now(late, password, came_from=HOST + account) == USERS


def test_not_now_leads_to_our_own_pages_only(late: Client) -> None:
    for address in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        page = late.get(CONFIRM, {"next": USERS, "cancel": address}).content.decode()

        assert f'<a href="{FRONT}">Not now</a>' in page


def test_a_wrong_password_speaks_of_a_code_only_to_who_was_asked_for_one() -> None:
    ann, bea = hired(), hired(app=True)
    for each in (ann, bea):
        each.enters_password()
    bea.enters_code(code_of(bea.user))

    told = ann.client.post(CONFIRM, {"password": "wrong"}).content.decode()
    told_with_app = bea.client.post(CONFIRM, {"password": "wrong", "code": "000000"}).content.decode()

    assert "That is not right. Try again." in told
    assert "That is not right. Try again; a code of the app works once only." in told_with_app
