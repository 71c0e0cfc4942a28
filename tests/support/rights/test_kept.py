"""Who is asked to confirm in the middle of an act comes back to what they had chosen and typed."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.urls import reverse

from integrations.models import Sync
from tests.factories import StripeEventFactory, SyncFactory
from tests.support.rights.staff import CONFIRM, PASSWORD, hired

pytestmark = pytest.mark.django_db
SYNCS = reverse("admin:integrations_sync_changelist")
EVENTS = reverse("admin:billing_stripeevent_changelist")
DESK = reverse("desks:dead-letters")
REASON = 'Ada\'s "outage" <is> over'


@pytest.fixture
def founder() -> Client:
    founder = hired(superuser=True)
    founder.client.force_login(founder.user, backend="django.contrib.auth.backends.ModelBackend")
    return founder.client


def ages(client: Client) -> None:
    session = client.session
    session["confirmed_at"] = 1
    session.save()


def interrupted(client: Client, address: str, form: Mapping[str, Any]) -> Any:
    """The page that is shown once the password was entered, after an act that asked for it."""
    ages(client)
    asked = client.post(address, form)
    assert asked.headers["Location"].startswith(CONFIRM)
    page = client.get(asked.headers["Location"])
    assert "Nothing was done yet" in unescape(page.content.decode())
    back = page.context["next"]
    answer = client.post(CONFIRM, {"password": PASSWORD, "next": back}, follow=True)
    assert answer.redirect_chain == [(back, 302)]
    return answer


@pytest.mark.parametrize("listed", [SYNCS, EVENTS])
def test_a_list_asks_again_to_replay_what_was_chosen_for_the_reason_that_was_typed(
    founder: Client, listed: str
) -> None:
    make = SyncFactory if listed == SYNCS else StripeEventFactory
    rows = [make.create(dead=True) for _ in range(3)]
    chosen = [str(each.pk) for each in rows[:2]]
    form = {"action": "replay", ACTION_CHECKBOX_NAME: chosen, "reason": REASON, "select_across": "0"}
    address = f"{listed}?status__exact=dead_letter"

    page = interrupted(founder, address, form | {"confirmed": "yes"})

    said = unescape(page.content.decode())
    assert "Replay 2?" in said
    assert f'value="{REASON}"' in said
    assert type(rows[0]).objects.filter(status="dead_letter").count() == 3  # nothing is done by coming back
    again = form | {
        "confirmed": "yes",
        ACTION_CHECKBOX_NAME: [value for _, value in page.context["carried"][:-1]],
    }
    assert "2 queued again." in founder.post(address, again, follow=True).content.decode()
    assert "Replay 2?" not in founder.get(address).content.decode()  # once


def test_the_list_of_users_keeps_who_was_chosen_and_why(founder: Client) -> None:
    users = reverse("admin:auth_user_changelist")
    locked, other = hired().user.pk, hired().user.pk
    form = {"action": "unlock", ACTION_CHECKBOX_NAME: [str(locked)], "reason": REASON}

    page = unescape(interrupted(founder, users, form).content.decode())

    assert f'value="{REASON}"' in page
    ticked = re.findall(rf'name="{ACTION_CHECKBOX_NAME}" value="(\d+)"[^>]* checked', page)
    assert ticked == [str(locked)] != [str(other)]
    assert "Done for 1." in founder.post(users, form, follow=True).content.decode()
    assert " checked" not in founder.get(users).content.decode()  # once


def test_a_replay_a_snooze_and_a_taking_up_of_the_desk_keep_their_note_and_their_choice(
    founder: Client,
) -> None:
    dead = [SyncFactory.create(dead=True).pk for _ in range(2)]
    named = "&".join(f"sync={pk}" for pk in dead)
    replay, aside = (f"{reverse(f'desks:{name}')}?{named}" for name in ("replay", "set-aside"))

    assert f'value="{REASON}"' in unescape(interrupted(founder, replay, {"reason": REASON}).content.decode())
    page = unescape(interrupted(founder, aside, {"reason": REASON, "until": "7d"}).content.decode())
    assert f'value="{REASON}"' in page
    assert 'value="7d" checked' in page
    assert 'value="1d" checked' not in page

    founder.post(aside, {"reason": REASON, "until": "7d"})
    third = SyncFactory.create(status="on_hold", reason="snoozed", applied_version=0).pk
    page = interrupted(founder, reverse("desks:take-up"), {"sync": dead}).content.decode()
    assert [f'id="sync-{pk}" checked' in page for pk in (*dead, third)] == [True, True, False]


def test_who_would_rather_not_finds_the_list_as_it_always_is(founder: Client) -> None:
    dead = [str(SyncFactory.create(dead=True).pk) for _ in range(2)]
    form = {"action": "replay", ACTION_CHECKBOX_NAME: dead, "reason": REASON}
    ages(founder)
    founder.post(SYNCS, form)

    assert "Replay 2?" not in founder.get(SYNCS).content.decode()
    founder.post(CONFIRM, {"password": PASSWORD, "next": SYNCS})
    assert "Replay 2?" not in founder.get(SYNCS).content.decode()
    assert Sync.objects.filter(status="dead_letter").count() == 2
