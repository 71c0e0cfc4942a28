"""Every page of the back office: it opens, keeps the security policy, and costs the same with more rows."""

import re

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from support.admin import navigation
from tests.factories import (
    AuditEntryFactory,
    CustomerFactory,
    EntitlementFactory,
    LifecycleEventFactory,
    OneTimeEffectFactory,
    PlanMappingFactory,
    PriceFactory,
    ReviewItemFactory,
    StripeEventFactory,
    SyncAttemptFactory,
)
from tests.support.admin.conftest import signed_in
from tests.support.admin.counting import queries_of

INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.IGNORECASE)
LISTS = sorted(
    f"{model._meta.app_label}_{model._meta.model_name}"
    for model in admin.site._registry
    if model._meta.app_label in ("customers", "billing", "integrations", "support")
)


def fill(many: int) -> None:
    for each in range(many):
        customer = CustomerFactory.create(paying=True)
        EntitlementFactory.create(customer=customer)
        ReviewItemFactory.create(customer=customer, evidence={"price": "price_x"})
        LifecycleEventFactory.create(customer=customer)
        attempt = SyncAttemptFactory.create(sync__customer=customer)
        OneTimeEffectFactory.create(customer=customer)
        StripeEventFactory.create(customer=customer)
        PriceFactory.create()
        PlanMappingFactory.create(plan__slug=f"plan-{many}-{each}", connection=attempt.sync.connection)
        AuditEntryFactory.create(subject=f"customer:{customer.pk}")


@pytest.mark.parametrize("name", LISTS)
def test_a_list_costs_as_many_queries_for_many_rows_as_for_few(founder: Client, name: str) -> None:
    address = reverse(f"admin:{name}_changelist")
    fill(2)
    few = queries_of(founder, address)
    fill(20)

    assert queries_of(founder, address) == few
    assert few <= 11


@pytest.mark.parametrize("name", LISTS)
def test_a_list_and_its_rows_keep_the_security_policy(founder: Client, name: str) -> None:
    fill(1)
    model = next(
        each for each in admin.site._registry if f"{each._meta.app_label}_{each._meta.model_name}" == name
    )
    row = model._default_manager.first()
    pages = [
        reverse(f"admin:{name}_changelist"),
        *([reverse(f"admin:{name}_change", args=[row.pk])] if row else []),
    ]

    for address in pages:
        answer = founder.get(address)
        assert answer.status_code == 200, address
        assert INLINE.findall(answer.content.decode()) == [], address
        policy = answer.headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "no-store" in answer.headers["Cache-Control"]


def test_the_sidebar_says_what_waits_for_a_person(founder: Client) -> None:
    StripeEventFactory.create(dead=True)
    ReviewItemFactory.create_batch(2)
    page = founder.get(reverse("admin:index")).content.decode().split('<nav id="menu"')[1].split("</nav>")[0]
    menu = " ".join(re.sub(r"<[^>]+>", " ", page).split())

    assert "Dead letters 1 waiting" in menu
    assert "Review list 2 waiting" in menu
    assert "Alerts waiting" not in menu


@pytest.mark.django_db
@pytest.mark.parametrize("line", [line for lines in navigation._MENU.values() for line in lines if line.path])
def test_a_page_is_called_what_the_sidebar_calls_it(founder: Client, line: navigation.Line) -> None:
    page = founder.get(line.path).content.decode()

    assert re.findall(r"<h1>([^<]+)</h1>", page) == [line.label]
    assert f"<title>{line.label} · Launch Ready</title>" in page
    assert re.search(r'aria-current="page">\s*' + line.label, page)


@pytest.mark.django_db
def test_the_sidebar_offers_only_what_this_person_may_see() -> None:
    page = signed_in("view_sync").get(reverse("admin:index")).content.decode()
    menu = page.split('<nav id="menu"')[1].split("</nav>")[0]

    assert re.findall(r'class="entry"[^>]*>([A-Z][A-Za-z -]+)', menu) == ["Today", "Dead letters", "Syncs"]


def test_no_page_gathers_all_models_for_a_menu_that_nobody_sees(founder: Client) -> None:
    assert founder.get(reverse("admin:index")).context["available_apps"] == []
    assert founder.get(reverse("admin:app_list", args=["customers"])).status_code == 200


def test_every_page_says_that_the_stripe_key_is_a_test_key(founder: Client) -> None:
    assert 'class="mode mode-test">test<' in founder.get(reverse("admin:index")).content.decode()


def test_review_items_are_listed_while_they_are_open(founder: Client) -> None:
    ReviewItemFactory.create(subject="price_open")
    ReviewItemFactory.create(subject="price_done", settled_at="2026-01-01T00:00:00Z")
    address = reverse("admin:customers_reviewitem_changelist")

    assert "price_done" not in founder.get(address).content.decode()
    assert "price_open" not in founder.get(address, {"state": "settled"}).content.decode()
    assert "price_done" in founder.get(address, {"state": "all"}).content.decode()


def test_dead_letters_of_both_kinds_can_be_listed(founder: Client) -> None:
    StripeEventFactory.create(event_id="evt_dead", dead=True)
    StripeEventFactory.create(event_id="evt_fine")
    page = founder.get(reverse("admin:billing_stripeevent_changelist"), {"status__exact": "dead_letter"})

    assert "evt_dead" in page.content.decode()
    assert "evt_fine" not in page.content.decode()
    assert "stripe answers 500" in page.content.decode()


def test_an_event_that_is_not_ours_says_so_in_the_list_and_on_its_page(founder: Client) -> None:
    event = StripeEventFactory.create(status="ignored", reason="mode", processed_at=None)
    for page in ("changelist", "change"):
        args = [event.pk] if page == "change" else []
        shown = founder.get(reverse(f"admin:billing_stripeevent_{page}", args=args)).content.decode()

        assert "It is of the other mode (test or live)" in shown
