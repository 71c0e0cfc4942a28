"""Signed deliveries from Kit: stored once, and whoever unsubscribed is never written to by us."""

import hashlib
import hmac
import json
import threading
import time

import pytest
from django.db.models.functions import Now
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from integrations import bulkhead, suppression
from integrations.connectors.kit.webhooks import is_signed
from integrations.engine.claim import claim
from integrations.models import KitEvent, Sync
from integrations.sandbox import Sandbox
from integrations.sweeper import drain
from tests.sandbox_world import Buyer

SECRET = "whsec_made_up_for_this_test"  # secret-scan: made up
URL = "/api/webhooks/convertkit"


@pytest.fixture(autouse=True)
def secret(settings: Settings) -> None:
    settings.KIT_WEBHOOK_SECRETS = ["whsec_the_other_made_up_one", SECRET]


def signed(body: bytes, *, at: float | None = None, key: str = SECRET) -> str:
    stamp = str(int(time.time() if at is None else at))
    return f"t={stamp},v1={hmac.new(key.encode(), stamp.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def delivery(*ids: str, type_: str = "subscriber.unsubscribed", subscriber: int = 7) -> bytes:
    rows = [{"id": each, "type": type_, "data": {"subscriber": {"id": subscriber}}} for each in ids]
    return json.dumps({"delivery_id": 1, "events": rows}).encode()


def post(client: Client, body: bytes, signature: str, *, url: str = URL) -> int:
    answer = client.post(url, body, content_type="application/json", headers={"X-Kit-Signature": signature})
    return int(answer.status_code)


@pytest.mark.django_db
@pytest.mark.parametrize("url", [URL, f"{URL}/"])
def test_a_signed_delivery_is_stored_once_however_often_it_comes(client: Client, url: str) -> None:
    body = delivery("one", "two")

    assert [post(client, body, signed(body), url=url) for _ in range(3)] == [200, 200, 200]
    assert KitEvent.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "signature",
    ["", "garbage", "t=", "t=NaN,v1=00", "t=-1,v1=00", "t=1e400,v1=00", "v1=é", "t=²,v1=é", "v1=" * 5_000],
)
def test_an_unsigned_or_strange_delivery_is_refused(client: Client, signature: str) -> None:
    assert post(client, delivery("one"), signature) == 400
    assert not KitEvent.objects.exists()


@pytest.mark.django_db
def test_a_signature_of_another_key_or_body_or_time_is_refused(client: Client) -> None:
    body = delivery("one")

    assert post(client, body, signed(body, key="whsec_wrong")) == 400
    assert post(client, body + b" ", signed(body)) == 400
    assert post(client, body, signed(body, at=time.time() - 302)) == 400
    assert post(client, body, signed(body, at=time.time() + 302)) == 400
    assert post(client, body, signed(body, at=time.time() - 290)) == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"events": 7}', b"\xff", b"[" * 9_000, b'{"events": [1]}x']
)
def test_a_signed_body_that_is_no_delivery_is_refused(client: Client, body: bytes) -> None:
    assert post(client, body, signed(body)) == 400


@pytest.mark.django_db
def test_odd_events_in_a_delivery_are_left_out(client: Client) -> None:
    rows = [
        7,
        {"id": "x"},
        {"id": "", "type": "t"},
        {"id": "a\0", "type": "t"},
        {"id": "ok", "type": "t", "data": []},
    ]
    body = json.dumps({"events": rows}).encode()

    assert post(client, body, signed(body)) == 200
    assert list(KitEvent.objects.values_list("event_id", "subscriber_id")) == [("ok", "")]


@pytest.mark.django_db
def test_more_than_a_megabyte_is_refused(client: Client) -> None:
    body = b" " * 1_048_577

    assert post(client, body, signed(body)) == 413


def test_only_post_is_answered(client: Client) -> None:
    assert client.get(URL).status_code == 405
    assert client.put(URL).status_code == 405


@given(body=st.binary(max_size=50), header=st.text(max_size=80), now=st.floats(0, 4e9))
def test_no_header_can_break_the_check(body: bytes, header: str, now: float) -> None:
    assert is_signed(body, header, secrets=[SECRET, ""], now=now) is False


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["unsubscribed", "bounced", "complained"])
def test_whoever_may_not_be_written_to_is_flagged_and_stays_so(
    client: Client, sandbox: Sandbox, buyer: Buyer, kind: str
) -> None:
    buyer.buys("starter")
    drain()
    number = int(buyer.sync("kit").remote_id)
    sandbox.kit.unsubscribe(buyer.email)
    body = delivery("one", type_=f"subscriber.{kind}", subscriber=number)
    assert post(client, body, signed(body)) == 200

    drain()

    assert buyer.sync("kit").suppressed_at is not None
    assert not KitEvent.objects.filter(processed_at=None).exists()
    buyer.buys("pro")
    drain()
    assert sandbox.kit.enrolments == []


@pytest.mark.django_db
def test_the_echo_of_our_own_tagging_changes_nothing(client: Client, sandbox: Sandbox, buyer: Buyer) -> None:
    buyer.buys("pro")
    drain()
    number = int(buyer.sync("kit").remote_id)
    sandbox.journal.clear()
    body = delivery("one", type_="subscriber.tag_added", subscriber=number)
    post(client, body, signed(body))

    drain()

    assert sandbox.journal.calls() == []
    assert buyer.sync("kit").observed["suppressed"] is False


@pytest.mark.django_db
def test_who_unsubscribes_while_a_run_is_under_way_stays_unsubscribed(
    client: Client, sandbox: Sandbox, buyer: Buyer
) -> None:
    buyer.buys("starter")
    drain()
    buyer.buys("pro")
    taken = claim(buyer.sync("kit").pk)
    assert taken is not None
    sync = taken.sync
    body = delivery("one", type_="subscriber.unsubscribed", subscriber=int(sync.remote_id))
    post(client, body, signed(body))
    suppression.run(KitEvent.objects.get().pk)

    Sync.objects.filter(pk=sync.pk).update(observed=sync.observed)  # as the run commits what it knows
    Sync.objects.filter(pk=sync.pk).update(lease_until=Now(), due_at=Now())
    drain()

    assert buyer.sync("kit").suppressed_at is not None
    assert sandbox.kit.tags_of(buyer.email) >= {"plan: pro"}
    assert sandbox.kit.enrolments == []


@pytest.mark.django_db
def test_while_the_database_is_silent_kit_is_sent_away_and_no_thread_waits_behind_the_others(
    client: Client,
) -> None:
    silent, inside = threading.Event(), threading.Semaphore(0)

    def wait_for_the_database() -> None:
        with bulkhead.database.place():
            inside.release()
            silent.wait(30)

    waiting = [threading.Thread(target=wait_for_the_database) for _ in range(bulkhead.PLACES)]
    for each in waiting:
        each.start()
    assert all(inside.acquire(timeout=30) for _ in waiting)
    try:
        body = delivery("later")
        assert post(client, body, signed(body)) == 503
    finally:
        silent.set()
        for each in waiting:
            each.join(30)

    assert post(client, body, signed(body)) == 200
