"""A founder asks the record who replayed what and when: filters by person and by act, each by an index."""

import ast
import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse

from support.acts import WORDS
from support.models import AuditEntry
from tests.factories import AuditEntryFactory, UserFactory
from tests.support.admin.conftest import signed_in
from tests.support.admin.counting import queries_of

RECORD = reverse("admin:support_auditentry_changelist")
ROOM = Path(__file__).parents[3] / "support"
NAMES_AN_ACT = ("record", "_record", "_act", "_queue")


@pytest.fixture
def founder(db: None) -> Client:
    return signed_in(superuser=True)


def listed(client: Client, **query: str | int) -> str:
    """The rows of the record, without the choices of the filters."""
    return words(client.get(RECORD, query).content.decode().split('id="result_list"')[-1])


def words(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_a_founder_sees_what_one_colleague_replayed(founder: Client) -> None:
    ann, ben = UserFactory.create(username="ann"), UserFactory.create(username="ben")
    AuditEntryFactory.create(actor=ann, act="replay_sync", reason="circle is back")
    AuditEntryFactory.create(actor=ann, act="hold", reason="asked by mail")
    AuditEntryFactory.create(actor=ben, act="replay_sync", reason="once more")

    by_ann = listed(founder, who=ann.pk)
    replays = listed(founder, act="replay_sync")
    both = listed(founder, who=ann.pk, act="replay_sync")

    assert ["circle is back" in by_ann, "asked by mail" in by_ann, "once more" in by_ann] == [
        True,
        True,
        False,
    ]
    assert ["circle is back" in replays, "asked by mail" in replays, "once more" in replays] == [
        True,
        False,
        True,
    ]
    assert ["circle is back" in both, "asked by mail" in both, "once more" in both] == [True, False, False]


def test_the_choices_are_people_and_words(founder: Client) -> None:
    UserFactory.create(username="ann")
    UserFactory.create(username="gone", is_active=False)
    UserFactory.create(username="reader", is_staff=False)

    page = founder.get(RECORD).content.decode()
    filters = words(page.split('aria-label="Filters">')[1].split("</nav>")[0])

    assert "Replay of a sync" in filters
    assert "Catalogue loaded" in filters
    assert "gone (switched off)" in filters
    assert "reader" not in filters
    assert "_" not in filters


def test_what_nobody_signed_in_did_can_be_looked_at_alone(founder: Client) -> None:
    AuditEntryFactory.create(actor=None, act="load_catalog", subject="catalogue")
    AuditEntryFactory.create(actor=None, act="sign_in_failed", subject="user:unknown")
    AuditEntryFactory.create(actor__username="ann", act="hold")

    rows = listed(founder, who="nobody")

    assert "Catalogue loaded catalogue the command line" in rows
    assert "Sign-in failed an unknown account somebody not signed in" in rows
    assert "ann" not in rows.split()


@pytest.mark.parametrize("query", [{"who": "x"}, {"who": "9" * 30}, {"act": "x'"}, {"who": "-1"}])
def test_a_filter_that_is_none_of_ours_is_left_out(founder: Client, query: dict[str, str]) -> None:
    AuditEntryFactory.create(reason="kept in the list")

    assert "kept in the list" in listed(founder, **query)


def test_the_filters_cost_one_query_whoever_works_here(founder: Client) -> None:
    few = queries_of(founder, RECORD)
    UserFactory.create_batch(20)

    assert queries_of(founder, f"{RECORD}?act=replay_sync") == few


def plan_of(rows: QuerySet[AuditEntry]) -> str:
    return json.dumps(json.loads(rows.explain(format="json", verbose=False)))


@pytest.mark.parametrize(
    ("chosen", "index"),
    [
        ({"actor": 7}, "audit_entry_by_actor"),
        ({"act": "hold"}, "audit_entry_by_act"),
        ({"act": "hold", "actor": 7}, "audit_entry_by_act_and_actor"),
        ({"actor": None}, "audit_entry_by_nobody"),
    ],
)
def test_each_filter_reads_an_index_in_the_order_of_the_list(
    db: None, chosen: dict[str, Any], index: str
) -> None:
    """The founder did nearly everything and one act is nearly all: what is rare must not be searched for."""
    people = [UserFactory.create().pk for _ in range(2)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO support_auditentry (actor_id, act, subject, reason, before, after, release)"
            " SELECT CASE WHEN n %% 50 = 0 THEN %s WHEN n %% 50 > 1 THEN %s END,"
            " CASE WHEN n %% 40 = 0 THEN 'hold' ELSE 'replay_sync' END, 'sync:' || n, '', '{}', '{}', 'test'"
            " FROM generate_series(1, 40000) AS n",
            people,
        )
        cursor.execute("ANALYZE support_auditentry")
    if chosen.get("actor"):
        chosen = chosen | {"actor": people[0]}

    plan = plan_of(AuditEntry.objects.filter(**chosen).order_by("-id")[:50])

    assert f'"Index Name": "{index}"' in plan
    assert '"Sort"' not in plan


def acts_in_the_code() -> set[str]:
    """Every code that the code writes into the record."""
    found: set[str] = set()
    for path in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                given = [each.value for each in node.keywords if each.arg == "act"]
                given += node.args[:1] if name in NAMES_AN_ACT else []
                found |= {
                    part.value
                    for each in given
                    for part in ast.walk(each)
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value
                }
    return found


def test_every_act_that_is_written_down_has_words() -> None:
    modes = {f"set_mode_{mode}" for mode in ("off", "shadow", "live")}
    written = acts_in_the_code() - {"set_mode_"} | modes

    assert len(written) >= 40
    assert sorted(written - set(WORDS)) == []
