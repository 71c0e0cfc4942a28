"""Circle's traps, met through the engine."""

import pytest

from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from integrations.models import PlanMapping, SyncStatus
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer, Catalog, later

pytestmark = pytest.mark.django_db
ADD = "POST /access_groups/{access_group_id}/community_members"
REMOVE = "DELETE /access_groups/{access_group_id}/community_members"


def routes(sandbox: Sandbox) -> list[str]:
    return [call.route for call in sandbox.journal.calls("circle")]


def without_tags() -> None:
    """Groups only."""
    for mapping in PlanMapping.objects.filter(connection__kind="circle"):
        mapping.options = {"access_groups": mapping.options["access_groups"]}
        mapping.save()


@pytest.mark.parametrize("status", [201, 409, 422])
@pytest.mark.parametrize("named", [True, False], ids=["with id", "without id"])
def test_somebody_who_was_a_member_before_is_found_and_tagged(
    sandbox: Sandbox, buyer: Buyer, status: int, named: bool
) -> None:
    sandbox.circle.router.match("POST", "/community_members")
    sandbox.circle.duplicate_create = 201
    buyer.buys("pro")
    drain()
    sandbox.circle.tag_rows.clear()
    sandbox.circle.group_rows.clear()
    sandbox.circle.duplicate_create, sandbox.circle.reply_has_member = status, named
    sync = buyer.sync("circle")
    type(sync).objects.filter(pk=sync.pk).update(remote_id="", observed={}, desired_digest="")
    buyer.touch()

    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.tags_of(buyer.email) == {"Pro member"}
    assert sandbox.circle.invitations == [buyer.email]


def test_a_member_who_was_removed_from_circle_is_made_again_without_a_second_invitation(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("starter")
    drain()
    member = sandbox.circle.member(buyer.email)
    assert member
    sandbox.circle.members.pop(member["id"])
    sandbox.circle.group_rows.clear()
    sandbox.circle.tag_rows.clear()

    buyer.buys("pro")
    drain()

    assert sandbox.circle.groups_of(buyer.email) == {101, 102}
    assert sandbox.circle.invitations == [buyer.email]


def test_a_member_who_changed_their_address_in_circle_still_loses_access(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()
    member = sandbox.circle.find(buyer.email)
    assert member
    member["email"] = "moved@example.com"

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == set()
    assert buyer.sync("circle").remote_email == "moved@example.com"


def test_removing_somebody_who_is_gone_is_a_success(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    sandbox.circle.members.clear()
    sandbox.circle.group_rows.clear()
    sandbox.journal.clear()

    buyer.cancels("pro")
    drain()

    assert buyer.sync("circle").status == SyncStatus.IN_SYNC
    assert routes(sandbox).count(REMOVE) == 1


def test_leaving_a_group_that_somebody_already_left_is_a_success(sandbox: Sandbox, buyer: Buyer) -> None:
    without_tags()
    buyer.buys("pro")
    drain()
    sandbox.circle.group_rows.clear()

    buyer.cancels("pro")
    drain()

    assert buyer.sync("circle").status == SyncStatus.IN_SYNC


def test_who_is_in_a_space_already_is_asked_about_and_well(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    sandbox.circle.add_space(201, "One")
    mapping = PlanMapping.objects.get(plan__slug="pro", connection=catalog.circle)
    mapping.options = {**mapping.options, "spaces": [201]}
    mapping.save()
    buyer.buys("pro")
    drain()

    type(buyer.sync("circle")).objects.update(suspect=True)
    buyer.touch()
    drain()

    assert buyer.sync("circle").status == SyncStatus.IN_SYNC
    assert "GET /space_member" in routes(sandbox)


def test_an_archived_group_is_a_dead_letter_that_stops_no_other_step(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    sandbox.circle.archive_group(101)
    buyer.buys("pro")
    buyer.buys("starter")

    drain()

    sync = buyer.sync("circle")
    assert (sync.status, sync.reason) == (SyncStatus.DEAD_LETTER, "no_access_group")
    assert sandbox.circle.members_of(102) == {buyer.email}
    assert sandbox.circle.tags_of(buyer.email) == {"Pro member", "Starter member"}


def test_a_deleted_tag_never_stops_access(sandbox: Sandbox, buyer: Buyer) -> None:
    sandbox.circle.delete_tag(11)
    buyer.buys("pro")

    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert buyer.sync("circle").reason == "no_member_tag"


def test_a_new_member_whom_circle_does_not_see_yet_is_added_a_moment_later(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    body = {"success": False, "message": "Oops!", "error_details": {"message": "Missing record: user"}}
    sandbox.circle.fail(404, route=ADD, body=body, times=1)
    buyer.buys("pro")

    drain()
    assert buyer.sync("circle").status == SyncStatus.RETRYING
    later(seconds=5)

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == [buyer.email]


def test_a_new_address_cannot_be_followed_so_a_person_is_asked_and_access_stays(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()

    buyer.renames("lovelace@example.com")
    drain()
    buyer.touch()
    drain()

    assert sandbox.circle.members_of(101) == {"ada@example.com"}
    item = ReviewItem.objects.get(kind=ReviewKind.EMAIL_CHANGE)
    assert "@" not in str(item.evidence)
    buyer.cancels("pro")
    drain()
    assert sandbox.circle.members_of(101) == set()


def open_items() -> list[str]:
    return list(ReviewItem.objects.filter(settled_at=None).values_list("kind", flat=True))


def test_an_address_that_came_back_needs_no_answer_any_more(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    for address, asked in (("lovelace@example.com", 1), ("ada@example.com", 0), ("lovelace@example.com", 1)):
        buyer.renames(address)
        drain()
        assert open_items() == [ReviewKind.EMAIL_CHANGE] * asked

    assert sandbox.circle.members_of(101) == {"ada@example.com"}


def test_a_member_who_was_given_the_new_address_there_settles_the_doubt(
    sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("pro")
    drain()
    buyer.renames("lovelace@example.com")
    drain()
    member = sandbox.circle.member("ada@example.com")
    assert member
    sandbox.circle.members[member["id"]]["email"] = "lovelace@example.com"

    buyer.buys("starter")
    drain()
    later(seconds=5)

    assert open_items() == []
    assert sandbox.circle.members_of(102) == {"lovelace@example.com"}
