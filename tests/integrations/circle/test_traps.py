"""Members who vanish, lag or change their name halfway, and answers that do not say what was done."""

import time

import pytest

from integrations.models import PlanMapping, Sync, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sandbox.routing import Json
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
CREATE = "POST /community_members"
GET = "GET /community_members/{id}"
ADD = "POST /access_groups/{access_group_id}/community_members"
REMOVE = "DELETE /access_groups/{access_group_id}/community_members"
SAYS_NOTHING: list[Json | str] = ["", {}, {"success": False, "message": "No."}, {"error": "no"}]


def routes(sandbox: Sandbox) -> list[str]:
    return [call.route for call in sandbox.journal.calls("circle")]


def vanish(sandbox: Sandbox, buyer: Buyer) -> None:
    """Somebody deletes the member in Circle's own pages."""
    member = sandbox.circle.member(buyer.email)
    assert member
    sandbox.circle.members.pop(member["id"])
    for rows in (sandbox.circle.group_rows, sandbox.circle.space_rows, sandbox.circle.tag_rows):
        rows.clear()
    sandbox.journal.clear()


def unreadable(buyer: Buyer) -> int:
    """How many runs met an answer that says nothing. (On a slow machine the next has come already.)"""
    return buyer.sync("circle").attempts.filter(code="unreadable").count()


def give_spaces(catalog: Catalog) -> None:
    """Each plan gives a space too."""
    for slug, space in (("starter", 201), ("pro", 202)):
        mapping = PlanMapping.objects.get(plan__slug=slug, connection=catalog.circle)
        mapping.options = {**mapping.options, "spaces": [space]}
        mapping.save()


def test_a_member_made_again_gets_back_all_that_they_pay_for(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    sandbox.circle.add_space(201, "One")
    sandbox.circle.add_space(202, "Two")
    give_spaces(catalog)
    buyer.buys("starter")
    drain()
    vanish(sandbox, buyer)

    buyer.buys("pro")
    drain()

    assert sandbox.circle.groups_of(buyer.email) == {101, 102}
    assert sandbox.circle.spaces_of(buyer.email) == {201, 202}
    assert sandbox.circle.tags_of(buyer.email) == {"Pro member", "Starter member"}
    assert sandbox.circle.invitations == [buyer.email]
    assert (buyer.sync("circle").status, buyer.sync("circle").attempts.count()) == (SyncStatus.IN_SYNC, 2)
    assert routes(sandbox)[:4] == [ADD, GET, CREATE, ADD]


def test_the_end_of_one_plan_brings_back_who_vanished_with_what_another_gives(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("starter")
    buyer.buys("pro")
    drain()
    vanish(sandbox, buyer)

    buyer.cancels("starter")
    drain()

    assert sandbox.circle.groups_of(buyer.email) == {101}
    assert sandbox.circle.tags_of(buyer.email) == {"Pro member"}
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_who_vanished_and_should_have_nothing_is_not_made_again_not_even_by_a_run_that_repeats_all(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()
    vanish(sandbox, buyer)

    buyer.cancels("pro")
    Sync.objects.update(suspect=True)
    drain()

    assert buyer.sync("circle").status == SyncStatus.IN_SYNC
    assert sandbox.circle.members == {}


@pytest.mark.parametrize(("lag", "within"), [(20.0, 60), (240.0, 660)])
def test_a_member_whom_circle_shows_late_is_let_in_and_never_a_dead_letter(
    sandbox: Sandbox, buyer: Buyer, lag: float, within: int
) -> None:
    passed = [0.0]
    sandbox.now = lambda: time.time() + passed[0]
    sandbox.circle.lag = lag
    buyer.buys("pro")
    drain()

    while buyer.sync("circle").status == SyncStatus.RETRYING and passed[0] < within:
        passed[0] += within / 30
        later(seconds=within / 30)

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == [buyer.email]
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


@pytest.mark.parametrize("body", [{"success": True}, {"id": None}, ""])
def test_a_look_at_the_member_that_names_nobody_is_no_proof_that_they_are_gone(
    sandbox: Sandbox, buyer: Buyer, body: Json | str
) -> None:
    buyer.buys("pro")
    drain()
    member = sandbox.circle.find(buyer.email)
    assert member
    member["email"] = "moved@example.com"
    sandbox.circle.fail(200, route=GET, body=body, times=1)

    buyer.cancels("pro")
    drain()
    assert unreadable(buyer) == 1
    later(seconds=5)

    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


@pytest.mark.parametrize("route", [CREATE, ADD])
@pytest.mark.parametrize("body", SAYS_NOTHING, ids=str)
def test_a_success_that_does_not_say_so_is_asked_for_again(
    sandbox: Sandbox, buyer: Buyer, route: str, body: Json | str
) -> None:
    sandbox.circle.fail(200, route=route, body=body, times=1)
    buyer.buys("pro")
    drain()
    assert unreadable(buyer) == 1
    later(seconds=5)

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == [buyer.email]


@pytest.mark.parametrize("body", SAYS_NOTHING, ids=str)
def test_a_removal_that_does_not_say_so_is_asked_for_again(
    sandbox: Sandbox, buyer: Buyer, body: Json | str
) -> None:
    buyer.buys("pro")
    drain()
    sandbox.circle.fail(200, route=REMOVE, body=body, times=1)

    buyer.cancels("pro")
    drain()
    assert unreadable(buyer) == 1
    later(seconds=5)

    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_a_removal_may_be_answered_without_words(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    sandbox.circle.fail(204, route=REMOVE, body="", times=1, after_effect=True)

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_who_was_renamed_while_their_creation_was_in_doubt_is_one_member_with_one_invitation(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    sandbox.circle.fail(route=CREATE, after_effect=True, reset=True, times=1)
    buyer.buys("pro")
    drain()

    buyer.renames("lovelace@example.com")
    drain()
    later(minutes=1)

    assert [each["email"] for each in sandbox.circle.members.values()] == ["ada@example.com"]
    assert sandbox.circle.invitations == ["ada@example.com"]
    assert sandbox.circle.members_of(101) == {"ada@example.com"}


def test_who_was_renamed_after_a_creation_that_never_was_is_made_under_the_new_address(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    sandbox.circle.fail(route=CREATE, reset=True, times=1)
    buyer.buys("pro")
    drain()

    buyer.renames("lovelace@example.com")
    drain()

    assert sandbox.circle.invitations == ["lovelace@example.com"]
    assert sandbox.circle.members_of(101) == {"lovelace@example.com"}
