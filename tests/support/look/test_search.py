"""The box at the top of every page: whatever staff have in hand leads to the person, and rights hold."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from support.search.looking import look
from tests.factories import (
    CustomerFactory,
    PaymentFactory,
    PlanMappingFactory,
    StripeCustomerFactory,
    StripeEventFactory,
    SubscriptionFactory,
    SyncFactory,
    TicketFactory,
    UserFactory,
)
from tests.support.admin.conftest import founder, signed_in, viewer

__all__ = ["founder", "viewer"]
pytestmark = pytest.mark.django_db
SEARCH = reverse("search:page")
SUGGEST = reverse("search:suggest")


def page(customer_id: int) -> str:
    return reverse("admin:customers_customer_change", args=[customer_id])


def goes_to(client: Client, asked: str) -> str:
    answer = client.post(SEARCH, {"q": asked})
    assert answer.status_code == 302, answer.content.decode()
    return answer.headers["Location"]


def shown(client: Client, asked: str) -> str:
    answer = client.post(SEARCH, {"q": asked})
    assert answer.status_code == 200
    return answer.content.decode().split("<main")[1]


@pytest.mark.parametrize(
    "asked",
    [" Ann@Example.test ", "cus_ann", "sub_ann", "pi_ann", "ch_ann", "in_ann", "evt_ann", "778899", "5512"],
)
def test_what_names_one_person_goes_straight_to_them(viewer: Client, asked: str) -> None:
    ann = CustomerFactory.create(email="ann@example.test")
    account = StripeCustomerFactory.create(customer=ann, stripe_id="cus_ann")
    SubscriptionFactory.create(stripe_customer=account, stripe_id="sub_ann")
    PaymentFactory.create(customer=ann, stripe_id="pi_ann", charge="ch_ann", invoice="in_ann")
    StripeEventFactory.create(customer=ann, event_id="evt_ann")
    SyncFactory.create(customer=ann, connection__slug="circle", remote_id="778899")
    SyncFactory.create(customer=ann, connection__slug="kit", remote_id="5512")
    CustomerFactory.create_batch(2)

    assert goes_to(viewer, asked) == page(ann.pk)


def test_words_of_a_name_list_everybody_who_fits(viewer: Client) -> None:
    for name in ("Ann Keller", "Bo Kellermann", "Cy Lind"):
        CustomerFactory.create(name=name)

    found = shown(viewer, "kell")

    assert "Ann Keller" in found
    assert "Bo Kellermann" in found
    assert "Cy Lind" not in found


def test_a_tickets_number_goes_to_the_ticket(founder: Client) -> None:
    ticket = TicketFactory.create(pk=90_001)

    assert goes_to(founder, "#90001") == reverse("admin:support_ticket_change", args=[ticket.pk])


def test_a_number_that_means_two_things_shows_both(founder: Client) -> None:
    TicketFactory.create(pk=90_002, subject="Where is my course?")
    SyncFactory.create(customer__name="Ann Keller", remote_id="90002")

    found = shown(founder, "90002")

    assert "Ann Keller" in found
    assert "Where is my course?" in found


def test_nothing_found_says_what_can_be_searched_for(viewer: Client) -> None:
    found = shown(viewer, "nobody at all")

    assert "Nothing found" in found
    assert "any words of a name" in found


@pytest.mark.parametrize(
    "asked", ["", "a", "%", "''", "a' | 'b", "\0ab", "@" * 400, "9" * 18, "evt_" + "x" * 300]
)
def test_odd_things_are_answered_calmly(founder: Client, asked: str) -> None:
    CustomerFactory.create(name="Ann Keller")

    assert founder.post(SEARCH, {"q": asked}).status_code == 200
    assert founder.post(SUGGEST, {"q": asked}).json() == {"groups": []}


def test_staff_find_only_what_they_may_see() -> None:
    ann = CustomerFactory.create(name="Ann Keller", email="ann@example.test")
    StripeEventFactory.create(customer=ann, event_id="evt_ann")
    ticket = TicketFactory.create(customer=ann, email="ann@example.test")
    nobody, events = signed_in(), signed_in("view_stripeevent")

    for asked in ("ann", "ann@example.test", "evt_ann", str(ticket.pk)):
        assert nobody.post(SUGGEST, {"q": asked}).json() == {"groups": []}
        assert "Nothing found" in shown(nobody, asked)
    assert "stripeevent" in goes_to(events, "evt_ann")
    assert "Nothing found" in shown(events, "ann@example.test")


def test_suggestions_say_who_it_is_and_where(viewer: Client) -> None:
    ann = CustomerFactory.create(name="Ann Keller", email="ann@example.test", paying=True)

    (group,) = viewer.post(SUGGEST, {"q": "kel"}).json()["groups"]

    detail = "ann@example.test · Active · Pro · has access"
    assert group == {
        "label": "People",
        "hits": [{"label": "Ann Keller", "detail": detail, "url": page(ann.pk)}],
    }


def test_suggestions_say_who_should_be_in_and_is_not(viewer: Client) -> None:
    mapped = PlanMappingFactory.create(options={"access_groups": [101]})
    ann = CustomerFactory.create(name="Ann Keller", paying=True, plan=mapped.plan)
    SyncFactory.create(customer=ann, connection=mapped.connection, dead=True)

    (group,) = viewer.post(SUGGEST, {"q": "kel"}).json()["groups"]

    assert group["hits"][0]["detail"].endswith("should have access")


def test_what_is_searched_for_is_never_in_an_address(viewer: Client) -> None:
    assert viewer.get(SUGGEST, {"q": "ann"}).status_code == 405
    assert 'method="post" action="/admin/search/"' in viewer.get(SEARCH).content.decode()


def test_hostile_names_are_shown_as_text(viewer: Client) -> None:
    CustomerFactory.create(name="<script>alert(1)</script> Keller")

    assert "<script>alert" not in shown(viewer, "keller")


@pytest.mark.parametrize("asked", ["keller", "ann@example.test", "4711", "cus_ann", "in_unknown"])
def test_no_search_reads_a_whole_table(asked: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    SyncFactory.create(connection__slug="kit")
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        with connection.connection.cursor() as cursor:
            plans.extend(row[0] for row in cursor.execute(f"EXPLAIN {sql}", params))
        return execute(sql, params, many, context)

    user = UserFactory.create(superuser=True)
    with connection.execute_wrapper(explain):
        look(asked, user=user)

    assert plans
    assert [line for line in plans if "Seq Scan" in line and "connection" not in line] == []
