"""One subscriber of Kit, two customers of ours: whoever changed their address moves first."""

import pytest
from django.db.models.functions import Now

from integrations import pausing
from integrations.models import Connection, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db


def test_who_takes_over_an_address_gets_a_subscriber_of_their_own(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    drain()
    pausing.pause(catalog.kit.pk, reason="staff")
    buyer.renames("lovelace@example.com")
    other = Buyer("ada@example.com")
    other.buys("starter")
    pausing.resume(catalog.kit.pk)
    drain()
    later(seconds=5)

    assert buyer.sync("kit").remote_id != other.sync("kit").remote_id
    assert sandbox.kit.tags_of("lovelace@example.com") == {"plan: pro", "status: active"}
    assert sandbox.kit.tags_of("ada@example.com") == {"plan: starter", "status: active"}

    other.touch()
    other.cancels("starter")
    drain()

    assert sandbox.kit.tags_of("lovelace@example.com") == {"plan: pro", "status: active"}
    assert sandbox.kit.fields_of("lovelace@example.com")["plan"] == "Pro"
    assert set(Sync.objects.values_list("status", flat=True)) == {SyncStatus.IN_SYNC}


def test_an_address_that_a_third_gives_up_at_the_same_time_is_waited_for(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    other = Buyer("lovelace@example.com")
    other.buys("starter")
    buyer.buys("pro")
    drain()
    before = buyer.sync("kit").remote_id
    type(other.row).objects.filter(pk=other.row.pk).update(email="somebody@example.com")

    buyer.renames("lovelace@example.com")
    drain()

    assert buyer.sync("kit").remote_id == before
    assert sandbox.kit.tags_of("lovelace@example.com") == {"plan: pro", "status: active"}
    assert sandbox.kit.tags_of("somebody@example.com") == {"plan: starter", "status: active"}


def test_who_cannot_move_keeps_their_subscriber_and_the_other_is_named_to_staff(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    buyer.buys("pro")
    drain()
    Sync.objects.filter(pk=buyer.sync("kit").pk).update(
        status=SyncStatus.DEAD_LETTER, reason="invalid_email", due_at=None, applied_at=Now()
    )
    type(buyer.row).objects.filter(pk=buyer.row.pk).update(email="lovelace@example.com")
    other = Buyer("ada@example.com")
    other.buys("starter")
    drain()
    for _ in range(8):
        later(minutes=15)

    assert (other.sync("kit").status, other.sync("kit").reason) == (
        SyncStatus.DEAD_LETTER,
        "subscriber_taken",
    )
    assert "@" not in other.sync("kit").explanation
    assert sandbox.kit.tags_of("ada@example.com") == {"plan: pro", "status: active"}


def test_two_who_shared_a_subscriber_part_without_taking_from_each_other(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    """As they may be stored from before."""
    buyer.buys("pro")
    other = Buyer("grace@example.com")
    other.buys("starter")
    drain()
    shared = buyer.sync("kit")
    Sync.objects.filter(pk=other.sync("kit").pk).update(
        remote_id=shared.remote_id, remote_email="grace@example.com"
    )

    other.touch()
    drain()

    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}
    assert sandbox.kit.tags_of("grace@example.com") == {"plan: starter", "status: active"}
    assert Connection.objects.get(slug="kit").failures_in_row == 0
