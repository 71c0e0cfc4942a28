"""Which rules are broken, and by which rows; that the database's own guards are in place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, transaction

from support import seals
from support.invariant_rules import RULES

# The machinery ends access within 5 s of its time; a check must not cry within the same minute.
SLACK = timedelta(minutes=1)
LONGEST_RULE = 300  # seconds
SHOWN = 20  # as in _FIRST_BROKEN
ROOMS = ("customers", "billing", "integrations", "support")
TRIGGERS = {
    "lifecycle_event_append_only": "customers_lifecycleevent",
    "sync_attempt_append_only": "integrations_syncattempt",
    "audit_entry_append_only": "support_auditentry",
    "audit_seal_append_only": "support_auditseal",
    "stripe_event_identity": "billing_stripeevent",
    "stripe_event_kept": "billing_stripeevent",
}


@dataclass(frozen=True)
class Violation:
    """A broken rule: `ids` are the first of `count` rows (or database objects) that break it."""

    rule: str
    words: str
    ids: tuple[str, ...]
    count: int

    def sentence(self) -> str:
        more = f" and {self.count - len(self.ids)} more" if self.count > len(self.ids) else ""
        return f"{self.rule}: {self.words}: {', '.join(self.ids)}{more}"


def broken(now: datetime) -> list[Violation]:
    """Every rule that does not hold at `now`; empty when all is well. Reads only, and whole tables."""
    with transaction.atomic(), patient():
        return [*_missing_guards(), *_broken_rules(now), *_broken_seal()]


@contextmanager
def patient() -> Iterator[None]:
    """Who looks at whole tables gets more time than a page, from server and client, for this transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [LONGEST_RULE * 1000])
    raw: Any = connection.connection
    usual, raw.patience = raw.patience, LONGEST_RULE + 5.0
    try:
        yield
    finally:
        raw.patience = usual


def _broken_rules(now: datetime) -> Iterator[Violation]:
    for rule in RULES:
        statement = _FIRST_BROKEN.replace("<rule>", rule.statement())
        rows = _rows(statement, {"now": now, "slack": SLACK})
        if rows:
            yield Violation(rule.code, rule.words, tuple(str(row[0]) for row in rows), int(str(rows[0][1])))


def _broken_seal() -> Iterator[Violation]:
    if differs := tuple(seals.differences()):
        yield Violation("I9", "the record of staff acts is not what was sealed", differs, len(differs))


def _missing_guards() -> Iterator[Violation]:
    """A trigger that is gone or switched off, a constraint that is gone or not validated."""
    active = {(row[0], row[1]) for row in _rows(_ACTIVE_TRIGGERS, {})}
    triggers = tuple(sorted(name for name, table in TRIGGERS.items() if (name, table) not in active))
    if triggers:
        yield Violation("I9", "triggers are missing or disabled", triggers, len(triggers))
    present = {row[0] for row in _rows(_VALID_CONSTRAINTS, {})}
    constraints = tuple(sorted(_declared_constraints() - present))
    if constraints:
        words = "constraints are missing or not validated"
        yield Violation("constraints", words, constraints[:SHOWN], len(constraints))


def _declared_constraints() -> set[str]:
    models = [model for room in ROOMS for model in apps.get_app_config(room).get_models()]
    return {constraint.name for model in models for constraint in model._meta.constraints}


_FIRST_BROKEN = "SELECT id, count(*) OVER () FROM (<rule>) AS broken(id) ORDER BY id LIMIT 20"
# tgenabled: O fires for ordinary sessions, A always; D is disabled, R fires for replication only.
_ACTIVE_TRIGGERS = """
    SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)
"""
# A unique constraint with a condition is an index only.
_VALID_CONSTRAINTS = """
    SELECT conname FROM pg_constraint WHERE convalidated
    UNION
    SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE i.indisunique AND i.indisvalid
"""


def _rows(statement: str, parameters: dict[str, Any]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return list(cursor.fetchall())
