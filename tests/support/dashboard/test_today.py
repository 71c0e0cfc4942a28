"""The front page: what it says, to whom, and in how many queries."""

from datetime import timedelta

import pytest
from django.test import Client

from billing.models import DeliveryMinute
from integrations.engine.claim import database_now
from integrations.models import Connection
from support.dashboard import rolling
from support.models import Alert, Figure
from tests.factories import (
    CheckoutSessionFactory,
    ConnectionFactory,
    CustomerFactory,
    EntitlementFactory,
    PlanMappingFactory,
    ReviewItemFactory,
    StripeEventFactory,
    SyncFactory,
)
from tests.support.admin.conftest import VIEW, signed_in
from tests.support.admin.counting import queries_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader() -> Client:
    return signed_in(*VIEW, "view_alert")


def page(client: Client, query: str = "") -> str:
    answer = client.get(f"/admin/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def outside(plan_slug: str = "pro") -> None:
    """Somebody who paid and is a dead letter at Circle."""
    mapping = PlanMappingFactory.create(plan__slug=plan_slug, options={"access_groups": [101]})
    customer = CustomerFactory.create(paying=True, plan=mapping.plan)
    EntitlementFactory.create(customer=customer, plan=mapping.plan)
    SyncFactory.create(
        customer=customer,
        connection=mapping.connection,
        dead=True,
        desired={"groups": [101]},
        due_since=database_now() - timedelta(minutes=14),
    )


def test_it_says_that_all_who_paid_are_in(reader: Client) -> None:
    text = page(reader)

    assert "All who paid are in" in text
    assert "everybody who paid is in" in text


def test_it_says_how_many_are_not(reader: Client) -> None:
    outside()

    text = page(reader)

    assert "All who paid are in, but 1" in text
    assert "oldest 14 min" in text
    assert "/admin/paid-but-outside/" in text


def test_who_pays_an_unknown_price_is_not_said_to_be_in(reader: Client) -> None:
    ReviewItemFactory.create(kind="unknown_price", subject="price_new")
    ReviewItemFactory.create(kind="unknown_price", subject="price_old", settled_at=database_now())

    text = page(reader)

    assert "All who paid for a plan are in; 1 price is not mapped yet" in text
    assert "everybody who paid is in" not in text
    outside()
    assert "All who paid for a plan are in, but 1; 1 price is not mapped yet" in page(reader)


def test_dead_letters_are_counted_with_their_causes(reader: Client) -> None:
    for _ in range(2):
        SyncFactory.create(dead=True)
    StripeEventFactory.create(dead=True, reason="unknown")

    text = page(reader)

    assert "2 causes" in text


def test_open_alerts_and_connections_are_on_it(reader: Client) -> None:
    now = database_now()
    Connection.objects.create(
        slug="circle", kind="circle", credential="X", paused_at=now, pause_reason="token_refused"
    )
    Alert.objects.create(
        kind="breaker_open",
        key="k",
        severity="critical",
        what="Circle is down.",
        next_step="Wait.",
        path="/admin/",
    )

    text = page(reader)

    assert "its key was refused," in text
    assert "Circle is down." in text


def test_quota_that_is_left_is_a_figure(reader: Client) -> None:
    month = database_now().date().replace(day=1)
    ConnectionFactory.create(quota_limit=5_000, quota_used=1_088, quota_month=month)

    assert "3,912" in page(reader)


def test_last_months_quota_is_no_news(reader: Client) -> None:
    long_ago = (database_now() - timedelta(days=40)).date().replace(day=1)
    ConnectionFactory.create(quota_limit=5_000, quota_used=5_000, quota_month=long_ago)

    assert "5,000" in page(reader)


def test_webhook_success_is_never_rounded_up_to_all(reader: Client) -> None:
    now = database_now()
    minute = now.replace(second=0, microsecond=0)
    DeliveryMinute.objects.create(minute=minute, status=200, count=99_999, within_25_ms=99_999)
    DeliveryMinute.objects.create(minute=minute, status=503, code="x", count=1, slower=1)
    rolling.count(now)

    text = page(reader)

    assert "99.99 %" in text
    assert "of 100,000" in text


def test_figures_that_nobody_counts_any_more_are_said_to_be_old(reader: Client) -> None:
    rolling.count(database_now())
    Figure.objects.update(measured_at=database_now() - timedelta(hours=2))

    assert "does a worker run?" in page(reader)


def test_charts_have_a_table_and_no_inline_style(reader: Client) -> None:
    DeliveryMinute.objects.create(
        minute=database_now().replace(second=0, microsecond=0), status=200, count=1, within_5_ms=1
    )
    rolling.count(database_now())

    for query in ("", "?charts=30d", "?charts=nonsense"):
        text = page(reader, query)
        assert "<caption" in text
        assert "style=" not in text.partition("<main")[2]


@pytest.mark.parametrize(
    ("rights", "seen", "unseen"),
    [
        (
            ("view_customer",),
            ["Paid to access", "Customers"],
            ["Paid but outside", "Dead letters", "Webhooks"],
        ),
        (("view_stripeevent",), ["Webhooks answered well", "Dead letters"], ["Paid to access", "Syncs that"]),
        (("view_sync",), ["Syncs that worked", "Dead letters"], ["Paid but outside", "Webhooks answered"]),
        (("view_connection",), ["Connections"], ["Paid", "Dead letters", "Open alerts"]),
        (("view_alert",), ["Open alerts"], ["Paid", "Dead letters"]),
        ((), ["Nothing to show you"], ["Paid", "Dead letters", "Open alerts"]),
    ],
)
def test_each_figure_is_only_for_who_may_see_the_rows_behind_it(
    rights: tuple[str, ...], seen: list[str], unseen: list[str]
) -> None:
    ConnectionFactory.create()
    CustomerFactory.create()
    rolling.count(database_now())

    main = page(signed_in(*rights)).partition('id="content"')[2]

    assert all(each in main for each in seen)
    assert not any(each in main for each in unseen)


def test_the_number_of_queries_does_not_grow(reader: Client) -> None:
    outside()
    rolling.count(database_now())
    few = queries_of(reader, "/admin/")
    for slug in ("a", "b", "c"):
        outside(slug)
        StripeEventFactory.create(dead=True, reason="x")

    assert queries_of(reader, "/admin/") == few
    assert few <= 20


def test_a_step_of_the_funnel_leads_to_who_stopped_there_and_who_got_there(reader: Client) -> None:
    now = database_now()
    opened = now - timedelta(hours=1)
    plan = PlanMappingFactory.create(options={"access_groups": [101]}).plan
    for name, columns in (
        ("Ada Quill", {}),
        ("Bo Lind", {"dead": True, "explanation": "Circle wants a name."}),
    ):
        customer = CustomerFactory.create(paying=True, plan=plan, name=name)
        CheckoutSessionFactory.create(
            customer=customer, status="complete", created_at=opened, completed_at=now - timedelta(minutes=9)
        )
        SyncFactory.create(customer=customer, **columns)
    rolling.count(now)

    assert 'href="/admin/funnel/1/"' in page(reader)
    step = reader.get("/admin/funnel/1/").content.decode().partition('id="content"')[2]
    stopped, _, there = step.partition("Got there")

    assert "Not there: Circle wants a name." in stopped
    assert "Bo Lind" in stopped
    assert "Ada Quill" in there
    assert reader.get("/admin/funnel/9/").status_code == 404


def test_an_empty_house_says_what_to_do_first(reader: Client) -> None:
    assert "For a new house, three things to do" in page(reader)
    rolling.count(database_now())

    text = page(reader)

    assert "No customer yet." in text
    assert "add our address as a webhook endpoint" in text


def test_who_pays_for_something_that_is_no_plan_is_not_said_to_be_active_and_out(reader: Client) -> None:
    opened = database_now() - timedelta(hours=1)
    ConnectionFactory.create()
    CheckoutSessionFactory.create(
        customer=CustomerFactory.create(status="active", name="Mira Stone"),
        status="complete",
        created_at=opened,
        completed_at=opened,
    )
    rolling.count(database_now())

    assert "what they bought is no plan yet: see the review list" in page(reader)
    assert "Mira Stone" in reader.get("/admin/funnel/1/").content.decode()


def test_before_anybody_bought_a_step_says_so(reader: Client) -> None:
    assert "Nobody completed a checkout" in reader.get("/admin/funnel/0/").content.decode()
