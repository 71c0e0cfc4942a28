"""The samples of the demo are real: bought in the sandbox, and each stands where it was prepared to stand."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from customers.models import Customer, ReviewItem
from customers.vocabulary import ReviewKind, Status
from integrations.models import Connection, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from support import demo
from support.desks import causes
from support.invariants import broken
from support.models import Ticket
from tests.factories import CustomerFactory
from tests.sandbox_world import UNLIMITED, sandbox
from tests.support.admin.conftest import signed_in

__all__ = ["sandbox"]

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CATALOGUE = Path(__file__).parents[2] / "integrations" / "sandbox" / "catalog.toml"


class Office:
    """Takes in what the sandbox's Stripe sent since, and works it off."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.seen = sandbox, 0

    def works_off(self) -> None:
        for event in self.sandbox.stripe.events[self.seen :]:
            self.seen += 1
            body = json.dumps(event).encode()
            signature = {"Stripe-Signature": self.sandbox.stripe.sign(body)}
            answer = Client().post("/api/webhooks/stripe", body, "application/json", headers=signature)
            assert answer.status_code == 200
        drain()


@pytest.fixture
def seeded(sandbox: Sandbox, settings: Settings) -> Sandbox:
    call_command("load_catalog", str(CATALOGUE), stdout=StringIO())
    Connection.objects.filter(slug__in=["circle", "kit"]).update(options=UNLIMITED, tokens=1_000)
    office = Office(sandbox)
    left = demo.seed(demo.SandboxClient(settings.STRIPE_API_BASE), wait=office.works_off)
    office.works_off()
    assert left == []
    return sandbox


def called(name: str) -> Customer:
    return Customer.objects.get(email=f"{name}@example.com")


def sync_of(name: str, connection: str) -> Sync:
    return Sync.objects.get(customer=called(name), connection__slug=connection)


def test_a_dozen_people_stand_where_they_were_prepared_to_stand(seeded: Sandbox) -> None:
    states = {each.email.partition("@")[0]: (each.status, each.has_access) for each in Customer.objects.all()}

    assert states == {
        "ada": (Status.ACTIVE, True),
        "ben": (Status.PAST_DUE, True),
        "cleo": (Status.CANCELED, False),
        "dan": (Status.ACTIVE, True),
        "eva": (Status.ACTIVE, True),
        "finn": (Status.TRIALING, True),
        "gil": (Status.PAID_IN_FULL, True),
        "hana": (Status.ACTIVE, True),
        "ivo": (Status.REFUNDED, False),
        "juno": (Status.ACTIVE, True),
        "kaz": (Status.ACTIVE, True),
        "lena": (Status.ACTIVE, True),
    }
    assert called("ada").name == "Ada Quill"
    assert called("ada").country == "GB"


def test_the_prepared_five_can_be_shown(seeded: Sandbox) -> None:
    assert "ada@example.com" in seeded.circle.members_of(101)
    assert called("ben").access_until is not None
    assert "cleo@example.com" not in seeded.circle.members_of(102)
    assert sync_of("dan", "kit").status == SyncStatus.DEAD_LETTER
    assert sync_of("dan", "circle").status == SyncStatus.IN_SYNC
    assert sync_of("eva", "circle").status == SyncStatus.DEAD_LETTER
    assert "eva@example.com" not in seeded.circle.members_of(101)
    assert broken(called("ada").updated_at) == []


def test_some_of_them_ask_and_one_is_not_known_by_their_address(seeded: Sandbox) -> None:
    asked = {each.email: each for each in Ticket.objects.all()}

    assert asked["eva@example.com"].customer == called("eva")
    assert asked["a.q@example.com"].match == "nobody"
    # What he was when he asked is kept; what he is now is computed.
    assert asked["ben@example.com"].opened_status == Status.ACTIVE
    assert called("ben").status == Status.PAST_DUE


def test_what_the_refusals_say_is_what_a_replay_needs(seeded: Sandbox) -> None:
    """The text asks for room in the plan, and nothing of the person: room is there when the demo begins."""
    refused = {name: sync_of(name, where).reason for name, where in (("eva", "circle"), ("dan", "kit"))}

    assert refused == {"eva": "member_limit", "dan": "subscriber_limit"}
    assert not set(refused.values()) & causes.IN_STRIPE
    assert all("then replay" in causes.next_step(each) for each in refused.values())


def test_a_newcomer_sells_a_new_price_and_maps_it(sandbox: Sandbox, settings: Settings) -> None:
    call_command("load_catalog", str(CATALOGUE), stdout=StringIO())
    Connection.objects.filter(slug__in=["circle", "kit"]).update(options=UNLIMITED, tokens=1_000)
    office, founder = Office(sandbox), signed_in(superuser=True)
    button = f"{settings.STRIPE_API_BASE.removesuffix('/stripe')}/act/new_price"
    requests.post(button, data={"email": "mia@example.com"}, timeout=30).raise_for_status()
    office.works_off()
    item = ReviewItem.objects.get(kind=ReviewKind.UNKNOWN_PRICE)
    assert not called("mia").has_access

    page = reverse("admin:customers_reviewitem_map", args=[item.pk])
    assert f"Map {item.subject}" in founder.get(page).content.decode()
    founder.post(page, {"plan": "pro", "reason": "sold since today"})
    office.works_off()

    assert called("mia").grants == ["pro"]
    assert "mia@example.com" in sandbox.circle.members_of(101)


def test_a_replay_brings_the_dead_letters_in(seeded: Sandbox) -> None:
    call_command("replay", "--dead", "--yes", stdout=StringIO())
    drain()

    assert "eva@example.com" in seeded.circle.members_of(101)
    assert "plan: pro" in seeded.kit.tags_of("dan@example.com")
    assert not Sync.objects.filter(status=SyncStatus.DEAD_LETTER).exists()


def test_nothing_is_made_where_there_are_customers(sandbox: Sandbox) -> None:
    CustomerFactory.create()
    out = StringIO()

    call_command("seed_demo", stdout=out)

    assert "There are customers already" in out.getvalue()
    assert sandbox.stripe.events == []


def test_a_real_stripe_is_never_asked(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "https://api.stripe.com"

    with pytest.raises(CommandError, match="in the sandbox on this machine, nowhere else"):
        call_command("seed_demo")


def test_production_has_no_samples(settings: Settings) -> None:
    settings.ENVIRONMENT = "production"

    with pytest.raises(CommandError, match="production"):
        call_command("seed_demo")


def test_a_sandbox_that_does_not_answer_is_said(settings: Settings) -> None:
    settings.STRIPE_API_BASE = "http://127.0.0.1:9/stripe"

    with pytest.raises(CommandError, match="does not answer"):
        call_command("seed_demo")


@pytest.mark.parametrize(
    ("act", "form", "status"),
    [
        ("cancels", {"email": "nobody@example.com"}, 409),
        ("buy", {"email": "nobody", "price": "price_pro_month"}, 409),
        ("buy", {"email": "ada@example.com", "price": "price_none"}, 409),
        ("refuse", {"email": "ada@example.com", "provider": "stripe"}, 409),
        ("explode", {}, 404),
    ],
)
def test_the_sandbox_says_what_it_cannot_do(
    sandbox: Sandbox, settings: Settings, act: str, form: dict[str, Any], status: int
) -> None:
    root = settings.STRIPE_API_BASE.removesuffix("/stripe")

    assert requests.post(f"{root}/control/{act}", data=form, timeout=30).status_code == status
    other_site = {"Origin": "https://evil.example"}
    refused = requests.post(f"{root}/control/{act}", data=form, headers=other_site, timeout=30)
    assert refused.status_code == 403
