"""Circle's traps, met through the engine."""

import pytest

from customers.models import Customer, ReviewItem
from customers.vocabulary import ReviewKind
from integrations.connectors import CONNECTORS
from integrations.models import Connection, PlanMapping, SyncStatus
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


def test_a_new_buyer_costs_two_calls_and_a_repeat_none(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    assert routes(sandbox) == ["POST /community_members", ADD]

    buyer.touch()
    drain()
    assert len(routes(sandbox)) == 2


def test_a_later_grant_or_revoke_costs_one_call_per_group(sandbox: Sandbox, buyer: Buyer) -> None:
    without_tags()
    buyer.buys("pro")
    drain()
    sandbox.journal.clear()

    buyer.cancels("pro")
    drain()
    assert routes(sandbox) == [REMOVE]

    buyer.buys("pro", subject="sub_again")
    drain()
    assert routes(sandbox) == [REMOVE, ADD]


def test_a_change_of_plan_adds_the_new_group_before_it_leaves_the_old(sandbox: Sandbox, buyer: Buyer) -> None:
    without_tags()
    buyer.buys("starter")
    drain()
    sandbox.journal.clear()
    buyer.buys("pro")
    buyer.cancels("starter")

    drain()

    assert routes(sandbox) == [ADD, REMOVE]
    assert sandbox.circle.groups_of(buyer.email) == {101}


def test_the_end_of_one_plan_keeps_what_another_gives(
    sandbox: Sandbox, buyer: Buyer, catalog: Catalog
) -> None:
    PlanMapping.objects.filter(connection=catalog.circle, plan__slug="starter").update(
        options={"access_groups": [101]}
    )
    buyer.buys("starter")
    buyer.buys("pro")
    drain()

    buyer.cancels("pro")
    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}


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


def test_without_an_invitation_nobody_gets_mail(sandbox: Sandbox, buyer: Buyer, catalog: Catalog) -> None:
    Connection.objects.filter(pk=catalog.circle.pk).update(
        options={**catalog.circle.options, "invite": False}
    )
    buyer.buys("pro")

    drain()

    assert sandbox.circle.members_of(101) == {buyer.email}
    assert sandbox.circle.invitations == []


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

    assert sandbox.circle.groups_of(buyer.email) >= {101}
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


def test_an_invitation_that_nobody_accepted_is_known(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()

    assert buyer.sync("circle").observed["accepted"] is False


def test_somebody_who_never_had_access_is_not_made_a_member(sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.recompute()
    Customer.objects.filter(pk=buyer.row.pk).update(name="New Name")
    buyer.recompute()

    drain()

    assert sandbox.journal.calls() == []


def test_nobody_is_ever_banned_deleted_or_deactivated() -> None:
    from pathlib import Path

    from integrations.connectors import circle

    source = "".join(path.read_text() for path in Path(circle.__file__).parent.glob("*.py"))

    assert not any(f"{word}_member" in source for word in ("ban", "delete"))
    assert '"DELETE", "/community_members' not in source
    assert '"DELETE", f"/community_members' not in source


def test_the_catalogue_hears_what_is_wrong_with_a_mapping() -> None:
    check = CONNECTORS["circle"].check_options

    assert check({"access_groups": [101], "member_tags": [], "spaces": [7]}) == []
    assert check({"groups": [1], "access_groups": ["101"], "spaces": 7, "member_tags": [True]}) == [
        "unknown option groups",
        "access_groups must be a list of ids, for example [101]",
        "member_tags must be a list of ids, for example [101]",
        "spaces must be a list of ids, for example [101]",
    ]
    assert CONNECTORS["circle"].check_connection_options({"invite": "yes"}) == [
        "invite must be true or false"
    ]


def test_the_screen_says_what_a_run_would_do(sandbox: Sandbox, buyer: Buyer) -> None:
    circle = CONNECTORS["circle"]
    wanted = {"groups": [101], "tags": [11], "spaces": []}

    assert circle.describe(wanted, {}) == [
        "create the member",
        "add to access group 101",
        "add to member tag 11",
    ]
    held = {"member": True, "groups": {"102": "in"}, "tags": {"11": "in"}}
    assert circle.describe(wanted, held) == ["add to access group 101", "remove from access group 102"]
