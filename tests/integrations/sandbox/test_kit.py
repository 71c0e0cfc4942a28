"""The local Kit has Kit's quirks, and the switches for what nobody documents."""

import hashlib
import hmac
import json

import pytest

from integrations.sandbox import Sandbox
from tests.integrations.sandbox.caller import Caller

ADA = {"email_address": "ada@example.com"}


def test_writing_a_subscriber_twice_updates_the_one_there_is(sandbox: Sandbox, kit: Caller) -> None:
    first = kit("POST", "/subscribers", json=ADA | {"fields": {"plan": "pro"}})
    second = kit(
        "POST", "/subscribers", json={"email_address": " ADA@example.com", "fields": {"plan": "starter"}}
    )

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["subscriber"]["id"] == second.json()["subscriber"]["id"]
    assert sandbox.kit.fields_of("ada@example.com") == {"plan": "starter"}


def test_somebody_who_left_accepts_writes_and_stays_away(sandbox: Sandbox, kit: Caller) -> None:
    kit("POST", "/subscribers", json=ADA)
    sandbox.kit.unsubscribe("ada@example.com")
    reply = kit("POST", "/subscribers", json=ADA | {"state": "active", "fields": {"plan": "pro"}})

    assert (reply.status_code, reply.json()["subscriber"]["state"]) == (200, "cancelled")
    assert sandbox.kit.fields_of("ada@example.com") == {"plan": "pro"}
    assert kit("GET", "/subscribers", params=ADA).json()["subscribers"] == []
    assert len(kit("GET", "/subscribers", params=ADA | {"status": "all"}).json()["subscribers"]) == 1


def test_unknown_fields_are_named_in_warnings_or_refused(sandbox: Sandbox, kit: Caller) -> None:
    sent = ADA | {"fields": {"plan": "pro", "shoe": "41"}}
    assert kit("POST", "/subscribers", json=sent).json()["warnings"] == ["Unknown custom field: shoe"]

    sandbox.kit.unknown_field = 422
    assert kit("POST", "/subscribers", json=sent).status_code == 422


def test_more_than_ten_fields_are_applied_later(sandbox: Sandbox, kit: Caller) -> None:
    sandbox.now = lambda: 1_000.0
    sandbox.kit.field_delay = 30.0
    many = {f"unknown_{number}": "x" for number in range(10)}
    reply = kit("POST", "/subscribers", json=ADA | {"fields": {"plan": "pro"} | many})
    assert (reply.status_code, reply.json()["subscriber"]["fields"]["plan"]) == (202, None)
    assert sandbox.kit.fields_of("ada@example.com") == {}

    sandbox.now = lambda: 1_031.0
    assert sandbox.kit.fields_of("ada@example.com") == {"plan": "pro"}


def test_lists_lag_and_reads_by_id_do_not(sandbox: Sandbox, kit: Caller) -> None:
    sandbox.now = lambda: 1_000.0
    sandbox.kit.lag = 30.0
    number = kit("POST", "/subscribers", json=ADA).json()["subscriber"]["id"]

    assert kit("GET", "/subscribers", params=ADA | {"status": "all"}).json()["subscribers"] == []
    assert kit("GET", f"/subscribers/{number}").status_code == 200


def test_tagging_again_keeps_the_first_date_and_a_deleted_tag_is_not_found(
    sandbox: Sandbox, kit: Caller
) -> None:
    number = kit("POST", "/subscribers", json=ADA).json()["subscriber"]["id"]
    tag = kit("POST", "/tags", json={"name": "plan: pro"}).json()["tag"]["id"]
    first = kit("POST", f"/tags/{tag}/subscribers/{number}", json={})
    sandbox.now = lambda: 4_000_000_000.0
    second = kit("POST", f"/tags/{tag}/subscribers/{number}", json={})
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["subscriber"]["tagged_at"] == second.json()["subscriber"]["tagged_at"]
    assert sandbox.kit.tags_of("ada@example.com") == {"plan: pro"}

    sandbox.kit.delete_tag("plan: pro")
    assert kit("POST", f"/tags/{tag}/subscribers/{number}", json={}).status_code == 404
    assert sandbox.kit.tags_of("ada@example.com") == set()


@pytest.mark.parametrize("status", [204, 404])
def test_taking_a_tag_off_that_was_not_on(sandbox: Sandbox, kit: Caller, status: int) -> None:
    sandbox.kit.untag_absent = status
    number = kit("POST", "/subscribers", json=ADA).json()["subscriber"]["id"]
    tag = kit("POST", "/tags", json={"name": "plan: pro"}).json()["tag"]["id"]

    assert kit("DELETE", f"/tags/{tag}/subscribers/{number}").status_code == status


def test_a_sequence_starts_once_and_not_at_all_when_inactive(sandbox: Sandbox, kit: Caller) -> None:
    number = kit("POST", "/subscribers", json=ADA).json()["subscriber"]["id"]
    assert [kit("POST", f"/sequences/501/subscribers/{number}").status_code for _ in range(2)] == [201, 200]
    assert sandbox.kit.enrolments == [("ada@example.com", 501)]

    sandbox.kit.sequences[502]["hold"] = True
    assert kit("POST", f"/sequences/502/subscribers/{number}").json() == {"errors": ["Sequence is inactive"]}


def test_an_address_that_is_taken_is_refused_and_a_free_one_keeps_the_id(kit: Caller) -> None:
    number = kit("POST", "/subscribers", json=ADA).json()["subscriber"]["id"]
    kit("POST", "/subscribers", json={"email_address": "ben@example.com"})

    taken = kit("PUT", f"/subscribers/{number}", json={"email_address": "ben@example.com"})
    assert taken.json() == {"errors": ["Email address has already been taken"]}
    moved = kit("PUT", f"/subscribers/{number}", json={"email_address": "ada@new.example.com"})
    assert moved.json()["subscriber"]["id"] == number


def test_lists_are_paged_by_cursor(kit: Caller) -> None:
    for name in ("one", "two", "three"):
        kit("POST", "/tags", json={"name": name})
    first = kit("GET", "/tags", params={"per_page": 2}).json()
    assert [tag["name"] for tag in first["tags"]] == ["three", "two"]

    rest = kit("GET", "/tags", params={"per_page": 2, "after": first["pagination"]["end_cursor"]}).json()
    assert [tag["name"] for tag in rest["tags"]] == ["one"]
    assert rest["pagination"]["has_next_page"] is False
    assert kit("GET", "/tags", params={"after": "nonsense"}).status_code == 422


def test_a_kit_webhook_is_signed_over_its_time_and_bytes(sandbox: Sandbox) -> None:
    body = json.dumps(sandbox.kit.event("subscriber.bounced", "ada@example.com", id="e-1")).encode()
    mac = hmac.new(b"whsec_sandbox_kit", b"1000." + body, hashlib.sha256).hexdigest()

    assert sandbox.kit.sign(body, at=1_000) == f"t=1000,v1={mac}"
    assert json.loads(body)["events"][0]["id"] == "e-1"
