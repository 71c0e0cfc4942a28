"""The database refuses an alert that makes no sense."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models.functions import Now
from django.db.transaction import atomic

from support.models import Alert, AlertMessage

GOOD: dict[str, Any] = {
    "kind": "breaker_open",
    "severity": "critical",
    "what": "Circle does not work.",
    "next_step": "Nothing.",
    "path": "/admin/",
}


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"key": "taken"}, "alert_one_open_per_cause"),
        ({"kind": "bad_mood"}, "alert_kind_known"),
        ({"severity": "mild"}, "alert_severity_known"),
        ({"what": ""}, "alert_says_what_and_next"),
        ({"next_step": ""}, "alert_says_what_and_next"),
        ({"key": ""}, "alert_says_what_and_next"),
        ({"path": "https://elsewhere.example.com/"}, "alert_says_what_and_next"),
        ({"last_seen_at": Now() - timedelta(days=1)}, "alert_seen_after_opened"),
        ({"closed_at": Now() - timedelta(days=1)}, "alert_closed_after_opened"),
        ({"customer_ids": [1, 2]}, "alert_counts_those_it_names"),
    ],
)
def test_an_alert_that_cannot_be(columns: dict[str, Any], constraint: str) -> None:
    Alert.objects.create(key="taken", **GOOD)
    alert = Alert.objects.create(key="free", **GOOD)

    with pytest.raises(IntegrityError, match=constraint), atomic():
        Alert.objects.filter(pk=alert.pk).update(**columns)


def test_a_cause_may_come_back_after_it_was_over() -> None:
    Alert.objects.create(key="taken", closed_at=Now(), **GOOD)
    Alert.objects.create(key="taken", **GOOD)

    assert Alert.objects.filter(key="taken").count() == 2


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"channel": "email"}, "alert_message_once"),
        ({"channel": "pigeon"}, "alert_message_channel_known"),
        ({"occasion": "rumour"}, "alert_message_occasion_known"),
        ({"sent_at": Now()}, "alert_message_due_until_sent"),
    ],
)
def test_a_message_that_cannot_be(columns: dict[str, Any], constraint: str) -> None:
    alert = Alert.objects.create(key="taken", **GOOD)
    AlertMessage.objects.create(alert=alert, channel="email", occasion="opened", due_at=Now())
    other = AlertMessage.objects.create(alert=alert, channel="webhook", occasion="opened", due_at=Now())

    with pytest.raises(IntegrityError, match=constraint), atomic():
        AlertMessage.objects.filter(pk=other.pk).update(**columns)
