"""Fault switches: a provider can fail in every way that we must survive."""

import time

import pytest
import requests

from integrations.sandbox import Sandbox
from tests.integrations.sandbox.caller import Caller

ADA = {"email": "ada@example.com"}


def test_a_failing_provider_changes_nothing_until_it_is_healed(sandbox: Sandbox, circle: Caller) -> None:
    sandbox.circle.fail(422)
    assert circle("POST", "/community_members", json=ADA).status_code == 422
    assert sandbox.circle.member("ada@example.com") is None

    sandbox.circle.heal()
    assert circle("POST", "/community_members", json=ADA).status_code == 201


def test_one_customer_can_fail_alone(sandbox: Sandbox, circle: Caller, kit: Caller) -> None:
    sandbox.faults.add("circle", email="ADA@example.com", route="/community_members", status=422)

    assert circle("POST", "/community_members", json=ADA).status_code == 422
    assert circle("POST", "/community_members", json={"email": "ben@example.com"}).status_code == 201
    assert kit("POST", "/subscribers", json={"email_address": "ada@example.com"}).status_code == 201


def test_the_effect_may_happen_although_the_answer_is_lost(sandbox: Sandbox, circle: Caller) -> None:
    sandbox.circle.fail(reset=True, after_effect=True, times=1)
    with pytest.raises(requests.ConnectionError):
        circle("POST", "/community_members", json=ADA)

    assert sandbox.circle.invitations == ["ada@example.com"]
    (call,) = sandbox.journal.calls("circle")
    assert (call.status, call.effect) == (0, "member_created")
    assert circle("GET", "/community_members/search", params=ADA).status_code == 200


def test_an_answer_can_be_anything(sandbox: Sandbox, kit: Caller) -> None:
    sandbox.kit.fail(200, body="<html>maintenance</html>", headers={"Retry-After": "7"}, times=1)
    reply = kit("GET", "/tags")

    assert reply.text == "<html>maintenance</html>"
    assert reply.headers["Retry-After"] == "7"
    assert kit("GET", "/tags").json()["tags"] == []


@pytest.mark.parametrize(("kind", "status"), [("down", 503), ("unauthorised", 401), ("rate_limited", 429)])
def test_the_ready_made_faults_fail_in_the_providers_own_way(
    sandbox: Sandbox, kit: Caller, kind: str, status: int
) -> None:
    sandbox.kit.fail(kind=kind)

    assert kit("GET", "/tags").status_code == status


def test_kits_rate_limit_answers_in_plain_text(sandbox: Sandbox, kit: Caller) -> None:
    sandbox.now = lambda: 1_000.0
    sandbox.kit.enforce_limits = True
    statuses = [kit("GET", "/tags").status_code for _ in range(121)]
    assert statuses.count(200) == 120
    assert kit("GET", "/tags").text == "Retry later\n"

    sandbox.now = lambda: 1_061.0
    assert kit("GET", "/tags").status_code == 200


def test_a_slow_answer_arrives_late_and_nobody_else_waits(
    sandbox: Sandbox, circle: Caller, kit: Caller
) -> None:
    sandbox.circle.fail(delay=2)
    started = time.monotonic()
    kit("GET", "/tags")
    assert time.monotonic() - started < 2
    assert circle("GET", "/community").status_code == 200
    assert time.monotonic() - started >= 2


def test_the_journal_holds_what_was_asked_and_answered(sandbox: Sandbox, circle: Caller) -> None:
    circle("POST", "/access_groups/101/community_members", json=ADA)
    (call,) = sandbox.journal.calls("circle", "POST /access_groups/{access_group_id}/community_members")

    assert (call.path, call.status, call.body) == ("/access_groups/101/community_members", 404, ADA)
    sandbox.journal.clear()
    assert sandbox.journal.calls() == []
