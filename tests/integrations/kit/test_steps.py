"""Kit's traps, met through the engine."""

import pytest

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from integrations.connectors import CONNECTORS
from integrations.models import Connection, OneTimeEffect, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
TAG = "POST /tags/{tag_id}/subscribers/{id}"


def routes(sandbox: Sandbox) -> list[str]:
    return [call.route for call in sandbox.journal.calls("kit")]


@pytest.fixture
def warm(sandbox: Sandbox, catalog: Catalog) -> None:
    """Somebody else bought before, so the ids of fields and tags are known."""
    first = Buyer("first@example.com")
    first.buys("pro")
    drain()
    first.cancels("pro")
    drain()
    sandbox.journal.clear()


def test_a_buyer_costs_one_write_the_tags_and_the_welcome(sandbox: Sandbox, warm: None) -> None:
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")
    drain()
    welcome = "POST /sequences/{sequence_id}/subscribers/{id}"
    assert routes(sandbox) == ["POST /subscribers", TAG, TAG, welcome]

    sandbox.journal.clear()
    buyer.recompute()
    Sync.objects.update(desired_digest="", due_at="2026-01-01T00:00Z", status=SyncStatus.PENDING)
    drain()
    assert routes(sandbox) == []


def test_canceling_costs_one_write_and_the_tags_that_change(sandbox: Sandbox, warm: None) -> None:
    buyer = Buyer("ada@example.com")
    buyer.buys("starter")
    drain()
    sandbox.journal.clear()

    buyer.cancels("starter")
    drain()

    untag = "DELETE /tags/{tag_id}/subscribers/{id}"
    assert routes(sandbox) == ["POST /subscribers", TAG, untag, untag]


def test_a_second_event_a_replay_or_a_rebuild_welcomes_nobody_twice(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    Sync.objects.update(
        desired_digest="", observed={}, remote_id="", due_at="2026-01-01T00:00Z", status=SyncStatus.PENDING
    )
    drain()
    buyer.touch()
    drain()

    assert sandbox.kit.enrolments == [(buyer.email, 501)]
    assert OneTimeEffect.objects.filter(kind="welcome").count() == 1


def test_a_new_address_keeps_the_subscriber_and_its_tags(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    before = buyer.sync("kit").remote_id

    buyer.renames("lovelace@example.com")
    drain()

    assert buyer.sync("kit").remote_id == before
    assert sandbox.kit.subscriber("ada@example.com") is None
    assert sandbox.kit.tags_of("lovelace@example.com") == {"plan: pro", "status: active"}


def test_an_address_that_another_subscriber_has_is_adopted_and_asked_about(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    other = Buyer("lovelace@example.com")
    other.buys("starter")
    buyer.buys("pro")
    drain()
    type(other.row).objects.filter(pk=other.row.pk).update(email="somebody@example.com")

    buyer.renames("lovelace@example.com")
    drain()

    assert "plan: pro" in sandbox.kit.tags_of("lovelace@example.com")
    assert sandbox.kit.tags_of("ada@example.com") == set()
    assert ReviewItem.objects.filter(kind=ReviewKind.EMAIL_CHANGE).exists()
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC


def test_somebody_who_unsubscribed_is_kept_right_and_flagged_not_written_to(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("starter")
    drain()
    sandbox.kit.unsubscribe(buyer.email)

    buyer.buys("pro")
    drain()

    sync = buyer.sync("kit")
    assert (sync.status, sync.observed["suppressed"]) == (SyncStatus.IN_SYNC, True)
    assert "plan: pro" in sandbox.kit.tags_of(buyer.email)
    assert sandbox.kit.enrolments == []
    found = sandbox.kit.subscriber(buyer.email)
    assert found
    assert found["state"] == "cancelled"


def test_a_tag_that_was_deleted_in_kit_is_made_again_once(sandbox: Sandbox, warm: None) -> None:
    sandbox.kit.delete_tag("plan: pro")
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")

    drain()

    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}
    assert routes(sandbox).count("POST /tags") == 1


def test_a_subscriber_that_was_deleted_in_kit_is_made_again(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("starter")
    drain()
    number = int(buyer.sync("kit").remote_id)
    sandbox.kit.subscribers.pop(number)
    sandbox.kit.tagged.clear()

    buyer.buys("pro")
    drain()
    later(minutes=1)

    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "plan: starter", "status: active"}


@pytest.mark.parametrize("status", [200, 422])
def test_a_field_that_was_deleted_in_kit_is_made_again(sandbox: Sandbox, warm: None, status: int) -> None:
    sandbox.kit.unknown_field = status
    for number in [each for each, field in sandbox.kit.fields.items() if field["key"] == "plan"]:
        sandbox.kit.fields.pop(number)
    buyer = Buyer("ada@example.com")
    buyer.buys("pro")

    drain()

    assert sandbox.kit.fields_of(buyer.email)["plan"] == "Pro"
    assert buyer.sync("kit").status == SyncStatus.IN_SYNC


def test_missing_fields_are_created_once_for_the_account(sandbox: Sandbox, catalog: Catalog) -> None:
    sandbox.kit.fields.clear()
    for number in range(3):
        Buyer(f"p{number}@example.com").buys("starter")

    drain()

    assert len(sandbox.kit.fields) == 5
    assert routes(sandbox).count("POST /custom_fields") == 5


def test_a_deleted_sequence_is_a_dead_letter_after_the_tags(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.kit.sequences.pop(501)
    buyer.buys("pro")

    drain()

    sync = buyer.sync("kit")
    assert (sync.status, sync.reason) == (SyncStatus.DEAD_LETTER, "no_sequence")
    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}


def test_a_mapping_that_comes_later_writes_to_nobody_about_the_past(sandbox: Sandbox, buyer: Buyer) -> None:
    from customers.models import Entitlement

    buyer.buys("pro")
    Entitlement.objects.update(starts_at="2026-01-01T00:00Z")

    drain()

    assert sandbox.kit.enrolments == []


def test_kit_being_down_never_delays_a_circle_revoke(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    sandbox.kit.fail(kind="down")

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == set()


def test_somebody_without_an_address_waits_for_a_person(sandbox: Sandbox, buyer: Buyer) -> None:
    type(buyer.row).objects.filter(pk=buyer.row.pk).update(email="", stripe_key="cus_1")
    buyer.buys("pro")

    drain()

    assert {each.reason for each in Sync.objects.all()} == {"no_email"}


def test_the_catalogue_hears_what_is_wrong_with_a_mapping() -> None:
    check = CONNECTORS["kit"].check_options

    assert check({"tags": ["plan: pro"], "status_tags": True, "welcome_sequence": 501}) == []
    assert check({"tags": "pro", "status_tags": 1, "welcome_sequence": "x", "goodbye": 1}) == [
        "unknown option goodbye",
        'tags must be a list of names, for example ["plan: pro"]',
        "status_tags must be true or false",
        "welcome_sequence must be the id of a sequence, for example 501",
    ]


def test_no_person_is_named_in_what_is_kept(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    buyer.buys("pro")
    drain()

    sync = buyer.sync("kit")
    kept = str([sync.desired, sync.observed, list(sync.attempts.values("steps", "error", "code"))])
    kept += str(Connection.objects.values_list("remembered", flat=True))
    assert "ada" not in kept.lower()
