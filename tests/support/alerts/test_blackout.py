"""A database that does not answer keeps no row: it is told all the same, once, and once when it is over."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core import mail
from django.db import Error, connection

from support.alerts import blackout
from support.models import Alert
from tests.support.alerts.listener import Listener
from tests.support.alerts.world import answered, open_now
from tests.support.test_catalogue_races import beside, uncommitted, until
from tests.waiting import somebody_waits


@pytest.fixture(autouse=True)
def nothing_said_yet() -> Iterator[None]:
    shutil.rmtree(blackout._note(), ignore_errors=True)
    yield
    shutil.rmtree(blackout._note(), ignore_errors=True)


def an_hour_passes() -> None:
    """All that this machine remembers of the silence is an hour older."""
    for each in blackout._note().iterdir():
        then = each.stat().st_mtime - 3_601
        os.utime(each, (then, then))


def heard(listener: Listener) -> list[tuple[str, str]]:
    return [(each["event"], each["kind"]) for each in listener.heard]


def test_it_is_said_once_however_many_processes_notice(listener: Listener) -> None:
    noticing = [threading.Thread(target=blackout.began) for _ in range(5)]
    for each in noticing:
        each.start()
    for each in noticing:
        each.join()

    assert heard(listener) == [("opened", "database_silent")]
    assert mail.outbox[0].subject == "[Launch Ready]! The database does not answer"


def test_it_is_said_again_after_an_hour(listener: Listener) -> None:
    blackout.began()
    an_hour_passes()
    blackout.began()
    blackout.began()

    assert len(listener.heard) == 2


def test_a_silence_that_comes_and_goes_is_told_once_an_hour_and_its_end_to_whom_it_was_told(
    listener: Listener,
) -> None:
    for _ in range(3):
        blackout.began()
        blackout.over()
    once = [("opened", "database_silent"), ("recovered", "database_silent")]
    assert heard(listener) == once
    assert len(mail.outbox) == 2

    blackout.began()
    an_hour_passes()
    blackout.began()
    blackout.over()
    assert heard(listener) == once * 2
    assert len(mail.outbox) == 4


def test_a_channel_that_did_not_take_it_is_tried_again_and_the_other_is_not_told_twice(
    listener: Listener,
) -> None:
    listener.status = 500
    blackout.began()
    listener.status = 200
    listener.heard.clear()

    blackout.began()
    blackout.began()

    assert heard(listener) == [("opened", "database_silent")]
    assert len(mail.outbox) == 1


def test_it_is_over_only_for_those_who_heard_that_it_began(listener: Listener) -> None:
    listener.status = 500
    blackout.began()
    listener.status = 200
    listener.heard.clear()

    blackout.over()

    assert listener.heard == []
    assert [each.subject for each in mail.outbox] == [
        "[Launch Ready]! The database does not answer",
        "[Launch Ready] Over: The database does not answer",
    ]


def test_a_strangers_link_is_not_followed_and_stops_nobody(listener: Listener, tmp_path: Path) -> None:
    blackout._note().symlink_to(tmp_path)
    try:
        blackout.began()
        blackout.over()
    finally:
        blackout._note().unlink()

    assert listener.heard == []
    assert list(tmp_path.iterdir()) == []


def test_when_it_is_over_that_is_said_once_and_kept_as_a_row(listener: Listener) -> None:
    blackout.over()
    assert listener.heard == []

    blackout.began()
    blackout.over()
    blackout.over()

    assert heard(listener) == [("opened", "database_silent"), ("recovered", "database_silent")]
    alert = Alert.objects.get()
    assert alert.closed_at is not None


def test_a_database_that_still_takes_nothing_is_not_over(listener: Listener) -> None:
    blackout.began()
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on; SET transaction_read_only = on")

    with pytest.raises(Error):
        blackout.over()

    assert heard(listener) == [("opened", "database_silent")]
    assert blackout._note().exists()


def test_nothing_begins_anew_while_a_process_waits_to_hear_that_it_is_over(listener: Listener) -> None:
    blackout.began()

    def lock_alerts() -> None:
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE support_alert IN EXCLUSIVE MODE")

    def hopes() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1s'")
        with pytest.raises(Error):
            blackout.over()

    with uncommitted(lock_alerts) as go:
        with beside(hopes) as gave_up:
            assert until(somebody_waits)
            blackout.began()
            assert not gave_up.is_set()
        blackout.began()
        assert heard(listener) == [("opened", "database_silent")]
        go.set()

    blackout.over()
    assert heard(listener) == [("opened", "database_silent"), ("recovered", "database_silent")]


def test_deliveries_refused_meanwhile_are_not_told_a_second_time(listener: Listener) -> None:
    blackout.began()
    blackout.over()
    answered(503, "not_stored", count=9)

    assert open_now() == []

    answered(500, "error")
    assert open_now() == ["webhook_failed"]
