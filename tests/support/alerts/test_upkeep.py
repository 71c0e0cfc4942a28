"""Each hour somebody checks the rules of the house, once, and forgets what is old."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models import F

from billing.models import DeliveryMinute
from customers.models import Customer
from integrations.models import Heartbeat
from support.alerts import upkeep
from support.alerts.sending import send_due
from support.models import Alert, AlertKind, AlertMessage
from tests.factories import CustomerFactory
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import ago, answered, now, open_now

pytestmark = pytest.mark.django_db


def broken_rules() -> list[str]:
    rows = Alert.objects.filter(kind=AlertKind.INVARIANT_BROKEN, closed_at__isnull=True)
    return sorted(rows.values_list("key", flat=True))


def test_a_broken_rule_is_an_alert_that_names_it_and_counts_the_rows_until_it_is_whole() -> None:
    paying = CustomerFactory.create_batch(3, paying=True)
    upkeep.check()
    opened = broken_rules()
    assert len(opened) == 1
    alert = Alert.objects.get(key=opened[0])
    assert "Rule I6 is broken by 3 rows" in alert.what
    assert not any(each.email in alert.what for each in paying)

    assert opened[0] in open_now()  # the usual look leaves it alone

    Customer.objects.filter(pk__in=[each.pk for each in paying]).update(
        grants=[], has_access=False, access_until=None
    )
    upkeep.check()
    assert opened[0] not in broken_rules()


def news_about_broken_rules() -> int:
    return AlertMessage.objects.filter(occasion="news", channel="email").count()


def one_rule_is_broken(listener: Listener, *, rows: int) -> None:
    CustomerFactory.create_batch(rows, paying=True)
    upkeep.check()
    assert len(broken_rules()) == 1
    send_due()


def test_another_row_that_breaks_a_rule_is_news_though_as_many_were_mended(listener: Listener) -> None:
    one_rule_is_broken(listener, rows=3)
    mended = Customer.objects.order_by("pk")[:2]
    Customer.objects.filter(pk__in=[each.pk for each in mended]).update(
        grants=[], has_access=False, access_until=None
    )
    upkeep.check()
    assert news_about_broken_rules() == 0

    CustomerFactory.create(paying=True)
    upkeep.check()

    assert news_about_broken_rules() == 1


def test_of_very_many_broken_rows_twice_as_many_are_news(listener: Listener) -> None:
    one_rule_is_broken(listener, rows=25)

    CustomerFactory.create_batch(25, paying=True)
    upkeep.check()

    assert news_about_broken_rules() == 1


def test_of_several_workers_one_checks_once_an_hour() -> None:
    assert upkeep.look_after_in_turn()
    assert not upkeep.look_after_in_turn()

    Heartbeat.objects.filter(name="upkeep").update(beat_at=F("beat_at") - timedelta(hours=1))
    assert upkeep.look_after_in_turn()


def test_old_counters_and_old_closed_alerts_are_forgotten_and_nothing_else() -> None:
    answered(200, "", at=ago(days=41))
    answered(200, "", at=ago(days=39))
    usual = {
        "kind": AlertKind.OLDEST_DUE,
        "severity": "warning",
        "what": "x",
        "next_step": "x",
        "path": "/admin/",
    }
    long_ago = {"opened_at": ago(days=500), "last_seen_at": now()}
    Alert.objects.create(key="old", closed_at=ago(days=401), **usual, **long_ago)
    Alert.objects.create(key="recent", closed_at=ago(days=399), **usual, **long_ago)
    Alert.objects.create(key="open", **usual, **long_ago)

    upkeep.forget()

    assert DeliveryMinute.objects.count() == 1
    assert set(Alert.objects.values_list("key", flat=True)) == {"recent", "open"}


def test_a_session_that_ended_is_forgotten_with_all_that_was_kept_in_it() -> None:
    Session.objects.create(session_key="ended", session_data="a note", expire_date=ago(seconds=1))
    Session.objects.create(session_key="lasts", session_data="a note", expire_date=ago(minutes=-1))

    upkeep.forget()

    assert Session.objects.get().session_key == "lasts"
