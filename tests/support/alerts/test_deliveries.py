"""A webhook that fails, a burst of refused signatures, events meant for somebody else."""

import pytest

from support.models import Severity
from tests.factories import StripeEventFactory
from tests.support.alerts.world import ago, answered, open_now, the_alert


def test_a_shop_in_which_all_is_well_raises_no_alert() -> None:
    answered(200, "", count=1_000)

    assert open_now() == []


@pytest.mark.parametrize("status", [500, 503])
def test_one_delivery_that_failed_raises_an_alert_at_once(status: int) -> None:
    answered(200, "", count=1_000)
    answered(status, "not_stored")

    assert open_now() == ["webhook_failed"]
    alert = the_alert("webhook_failed")
    assert f"1 times {status} (not stored)" in alert.what
    assert "Stripe delivers again" in alert.next_step
    assert alert.severity == Severity.CRITICAL


def test_the_alert_closes_itself_ten_minutes_after_the_last_failure() -> None:
    answered(503, "not_stored", at=ago(minutes=8))
    assert open_now() == ["webhook_failed"]

    answered(503, "error", at=ago(minutes=12))
    assert open_now() == ["webhook_failed"]
    from billing.models import DeliveryMinute

    DeliveryMinute.objects.filter(code="not_stored").delete()
    assert open_now() == []


@pytest.mark.parametrize(("count", "keys"), [(4, []), (5, ["signatures_refused"])])
def test_a_burst_of_refused_signatures_is_one_alert(count: int, keys: list[str]) -> None:
    answered(200, "", count=10)
    answered(400, "mismatch", count=count - 2)
    answered(400, "malformed", count=2)

    assert open_now() == keys


def test_the_clock_is_named_when_most_signatures_are_too_old() -> None:
    answered(400, "too_old", count=200)
    answered(400, "mismatch", count=3)

    assert open_now() == ["signatures_refused"]
    assert "too old or from the future by our clock" in the_alert("signatures_refused").what
    assert "clock" in the_alert("signatures_refused").next_step


def test_the_signing_secret_is_named_otherwise() -> None:
    answered(400, "mismatch", count=20)

    open_now()

    assert "STRIPE_WEBHOOK_SECRETS" in the_alert("signatures_refused").next_step


def test_in_a_quiet_shop_three_refusals_and_nothing_accepted_are_enough() -> None:
    for minutes in (50, 30, 10):
        answered(400, "mismatch", at=ago(minutes=minutes))
    assert open_now() == ["signatures_refused"]

    answered(200, "")
    assert open_now() == []


def test_a_body_that_is_no_event_is_no_refused_signature() -> None:
    answered(400, "no_event", count=50)
    answered(413, "too_large", count=50)

    assert open_now() == []


@pytest.mark.parametrize("reason", ["mode", "account"])
def test_an_event_of_another_mode_or_account_raises_one_alert(reason: str) -> None:
    for _ in range(3):
        StripeEventFactory.create(status="ignored", reason=reason, processed_at=None)

    assert open_now() == [f"event_misdirected:{reason}"]
    assert "3 signed events" in the_alert(f"event_misdirected:{reason}").what


def test_one_event_is_not_called_events() -> None:
    StripeEventFactory.create(status="ignored", reason="mode", processed_at=None)

    assert open_now() == ["event_misdirected:mode"]
    said = "1 signed event of the other mode (test or live) arrived within an hour and was ignored."
    assert the_alert("event_misdirected:mode").what == said


def test_thirty_events_of_unknown_types_raise_none() -> None:
    for _ in range(30):
        StripeEventFactory.create(status="ignored", reason="unknown_type", processed_at=None)

    assert open_now() == []
