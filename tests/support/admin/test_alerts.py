"""Alerts in the back office: open ones first and counted on every page, to look at and never to edit."""

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from support.models import Alert
from tests.factories import CustomerFactory
from tests.support.admin.conftest import signed_in

LIST = reverse("admin:support_alert_changelist")


@pytest.fixture
def alerts(db: None) -> tuple[Alert, Alert]:
    """One that is open and names Ada, and a newer one that is over."""
    ada = CustomerFactory.create(name="Ada Example")
    common = {"severity": "critical", "next_step": "Press Replay.", "path": "/admin/integrations/sync/"}
    now = Alert.objects.create(
        kind="access_deadline", key="access_deadline:circle", what="1 person waits.",
        customer_ids=[ada.pk], people_count=1, **common,
    )  # fmt: skip
    over = Alert.objects.create(
        kind="breaker_open", key="breaker_open:kit", what="kit was down.", closed_at=Now(), **common
    )
    return now, over


def page_of(alert: Alert) -> str:
    return reverse("admin:support_alert_change", args=[alert.pk])


def test_open_alerts_come_first(founder: Client, alerts: tuple[Alert, Alert]) -> None:
    text = founder.get(LIST).content.decode()

    assert text.index("1 person waits.") < text.index("kit was down.")


@pytest.mark.parametrize(("state", "shown", "hidden"), [("open", 0, 1), ("over", 1, 0)])
def test_open_and_past_ones_can_be_listed_apart(
    founder: Client, alerts: tuple[Alert, Alert], state: str, shown: int, hidden: int
) -> None:
    text = founder.get(LIST, {"state": state}).content.decode()

    assert alerts[shown].what in text
    assert alerts[hidden].what not in text


def test_the_front_page_says_that_one_waits(founder: Client, alerts: tuple[Alert, Alert]) -> None:
    text = founder.get(reverse("admin:index")).content.decode()

    assert LIST in text
    assert "Nothing waits for you" not in text


def test_an_alert_says_what_to_do_and_links_to_whom_it_is_about(
    founder: Client, alerts: tuple[Alert, Alert]
) -> None:
    text = founder.get(page_of(alerts[0])).content.decode()

    for part in ("1 person waits.", "Press Replay.", "Ada Example", 'href="/admin/integrations/sync/"'):
        assert part in text


def test_nobody_edits_an_alert(founder: Client, alerts: tuple[Alert, Alert]) -> None:
    answer = founder.post(page_of(alerts[0]), {"what": "all is well"})

    assert answer.status_code == 403
    assert Alert.objects.get(pk=alerts[0].pk).what == "1 person waits."


def test_without_the_right_to_view_there_is_nothing_to_see(alerts: tuple[Alert, Alert]) -> None:
    client = signed_in("view_customer")

    assert client.get(LIST).status_code == 403
    assert LIST not in client.get(reverse("admin:index")).content.decode()
