"""The local Circle has Circle's quirks, and the switches for what nobody documents."""

import pytest

from integrations.sandbox import Sandbox
from tests.integrations.sandbox.caller import Caller

ADA = {"email": "ada@example.com"}
MEMBERS = "/access_groups/101/community_members"


def missing(reply_body: dict[str, dict[str, str]]) -> str:
    return reply_body["error_details"]["message"].removeprefix("Missing record: ")


def test_inviting_somebody_twice_is_no_error_and_sends_one_mail(sandbox: Sandbox, circle: Caller) -> None:
    first = circle("POST", "/community_members", json=ADA)
    second = circle("POST", "/community_members", json={"email": "ADA@example.com"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json()["message"] == "This user is already a member of this community."
    assert first.json()["community_member"]["id"] == second.json()["community_member"]["id"]
    assert sandbox.circle.invitations == ["ada@example.com"]
    assert sandbox.journal.effects("circle") == ["member_created"]


@pytest.mark.parametrize("status", [409, 422])
def test_a_community_may_refuse_the_second_invitation(sandbox: Sandbox, circle: Caller, status: int) -> None:
    sandbox.circle.duplicate_create = status
    circle("POST", "/community_members", json=ADA)

    assert circle("POST", "/community_members", json=ADA).status_code == status


def test_the_create_reply_is_wrapped_and_the_search_reply_is_bare(sandbox: Sandbox, circle: Caller) -> None:
    created = circle("POST", "/community_members", json=ADA | {"member_tag_ids": [11]}).json()
    found = circle("GET", "/community_members/search", params=ADA).json()

    assert created["community_member"] == found
    assert found["active"] is False
    assert found["accepted_invitation"] == ""
    assert found["member_tags"] == [{"id": 11, "name": "Pro member"}]
    sandbox.circle.accept("ada@example.com")
    assert circle("GET", "/community_members/search", params=ADA).json()["active"] is True


def test_an_invitation_can_be_skipped_unless_circle_ignores_the_wish(
    sandbox: Sandbox, circle: Caller
) -> None:
    circle("POST", "/community_members", json=ADA | {"skip_invitation": True})
    sandbox.circle.honour_skip_invitation = False
    circle("POST", "/community_members", json={"email": "ben@example.com", "skip_invitation": True})

    assert sandbox.circle.invitations == ["ben@example.com"]


def test_the_404s_of_a_removal_differ_only_in_their_words(sandbox: Sandbox, circle: Caller) -> None:
    assert missing(circle("DELETE", MEMBERS, params=ADA).json()) == "user"
    circle("POST", "/community_members", json=ADA)
    assert missing(circle("DELETE", MEMBERS, params=ADA).json()) == "access group community member"
    sandbox.circle.archive_group(101)
    assert missing(circle("DELETE", MEMBERS, params=ADA).json()) == "access group"


def test_a_new_member_may_be_invisible_for_a_while(sandbox: Sandbox, circle: Caller) -> None:
    sandbox.now = lambda: 1_000.0
    sandbox.circle.lag = 5.0
    circle("POST", "/community_members", json=ADA)
    assert missing(circle("POST", MEMBERS, json=ADA).json()) == "user"

    sandbox.now = lambda: 1_006.0
    assert circle("POST", MEMBERS, json=ADA).status_code == 201
    assert sandbox.circle.members_of("Pro") == {"ada@example.com"}


def test_the_member_list_ignores_an_email_filter_and_hides_who_has_not_accepted(circle: Caller) -> None:
    for email in ("ada@example.com", "ben@example.com"):
        circle("POST", "/community_members", json={"email": email})

    assert circle("GET", "/community_members").json()["records"] == []
    everybody = circle("GET", "/community_members", params=ADA | {"status": "all"}).json()
    assert everybody["count"] == 2


def test_a_deactivated_member_is_gone_and_comes_back_under_the_same_id(
    sandbox: Sandbox, circle: Caller
) -> None:
    number = circle("POST", "/community_members", json=ADA).json()["community_member"]["id"]
    circle("POST", MEMBERS, json=ADA)
    circle("DELETE", f"/community_members/{number}")
    assert circle("GET", "/community_members/search", params=ADA).status_code == 404
    assert sandbox.circle.members_of(101) == set()

    assert circle("POST", "/community_members", json=ADA).json()["community_member"]["id"] == number


def test_tags_in_an_update_replace_the_whole_set(sandbox: Sandbox, circle: Caller) -> None:
    number = circle("POST", "/community_members", json=ADA | {"member_tag_ids": [11]}).json()[
        "community_member"
    ]["id"]
    circle("PUT", f"/community_members/{number}", json={"member_tag_ids": [12]})

    assert sandbox.circle.tags_of("ada@example.com") == {"Starter member"}


@pytest.mark.parametrize(
    ("scheme", "said"), [("", "API token not found."), ("Bearer ", "The API token is invalid.")]
)
def test_circle_tells_a_missing_token_from_a_wrong_one(
    sandbox: Sandbox, circle: Caller, scheme: str, said: str
) -> None:
    sandbox.circle.revoked.add("wrong")
    reply = circle("GET", "/community", headers={"Authorization": f"{scheme}wrong"})

    assert (reply.status_code, reply.json()["message"]) == (401, said)


def test_an_unknown_path_is_answered_with_a_web_page(circle: Caller) -> None:
    reply = circle("GET", "/nothing")

    assert reply.status_code == 404
    assert reply.headers["Content-Type"].startswith("text/html")
