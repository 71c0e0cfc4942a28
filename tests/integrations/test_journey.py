"""From a change of state to Circle and Kit being equal to it."""

import pytest

from integrations.models import OneTimeEffect, Outcome, SyncAttempt, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer

pytestmark = pytest.mark.django_db


def test_a_buyer_is_let_into_circle_tagged_in_kit_and_welcomed_once(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")

    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.tags_of(buyer.email) == {"Pro member"}
    assert sandbox.circle.invitations == [buyer.email]
    assert sandbox.kit.tags_of(buyer.email) == {"plan: pro", "status: active"}
    assert sandbox.kit.enrolments == [(buyer.email, 501)]
    for kind in ("circle", "kit"):
        sync = buyer.sync(kind)
        assert sync.status == SyncStatus.IN_SYNC
        assert sync.applied_version == sync.desired_version > 0
    assert set(SyncAttempt.objects.values_list("outcome", flat=True)) == {Outcome.APPLIED}
    assert not OneTimeEffect.objects.filter(done_at=None).exists()


def test_canceling_takes_the_access_and_the_plan_tags_and_keeps_the_member(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == set()
    assert sandbox.circle.member(buyer.email) is not None
    assert sandbox.circle.tags_of(buyer.email) == set()
    assert sandbox.kit.tags_of(buyer.email) == {"status: canceled"}
    assert sandbox.kit.enrolments == [(buyer.email, 501), (buyer.email, 502)]


def test_kit_knows_plan_status_interval_tier_and_country(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")

    drain()

    fields = sandbox.kit.fields_of(buyer.email)
    assert (fields["plan"], fields["status"], fields["interval"]) == ("Pro", "active", "monthly")
