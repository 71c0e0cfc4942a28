"""One run of one sync: local commit, foreign calls, local commit. Nothing foreign inside a transaction."""

import hashlib
import json
import logging
import random
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection as database

from integrations import pausing, retry
from integrations.connectors import connector_of
from integrations.database_trouble import database_trouble
from integrations.engine import holding_back, record
from integrations.engine.claim import Claim, claim, database_now, give_back, renew
from integrations.engine.record import Report
from integrations.errors import BadCredentials, LeaseLost, NotNow, ProviderError
from integrations.failpoints import reach
from integrations.lanes import nudge
from integrations.limiter import LiveGate
from integrations.models import HoldReason, Mode, Sync, SyncPriority, SyncStatus
from integrations.person import Person, load
from integrations.untold import untold
from integrations.work import Work

BUG = ("our_bug", "Something in Launch Ready itself failed; it was reported.")
OWN_DATABASE = ("own_database", "Launch Ready's own database did not answer in time.")
DATABASE_RESTS = 10.0  # seconds

logger = logging.getLogger(__name__)


def run(sync_id: int) -> None:
    """Make the destination equal to the customer as they are now, if the sync is due and allowed to run."""
    taken = claim(sync_id)
    if taken is None:
        give_back(sync_id)
        return
    reach("after_claim")
    started = database_now()
    record.crashed(taken, now=started)
    if not taken.quarantined:
        _Run(taken, started=started).run()
        reach("after_record")
    nudge()


class _Run:
    def __init__(self, taken: Claim, *, started: datetime) -> None:
        self._claim = taken
        self._sync = taken.sync
        self._started = started
        self._connector = connector_of(taken.connection)
        self._gate = LiveGate(
            taken.connection,
            revoke=taken.sync.priority == SyncPriority.REVOKE,
            before_call=self._renew,
            after_call=partial(reach, "after_call_before_record"),
        )
        self._work: Work | None = None
        self._version = taken.sync.desired_version

    def run(self) -> None:
        """Whatever happens ends in one record, or, if the sync is no longer ours, in making it due."""
        try:
            recorded = self._make_equal()
        except LeaseLost:
            recorded = False
        except ProviderError as error:
            recorded = self._failed(error)
        except Exception as error:  # noqa: BLE001 - a bug flies on, without its words
            if not database_trouble(error):
                self._failed(ProviderError(*BUG))
                raise untold(error) from None
            logger.warning("run_without_database", extra={"error": type(error).__name__})
            database.close_if_unusable_or_obsolete()
            recorded = self._failed(NotNow(*OWN_DATABASE, wait=DATABASE_RESTS))
        if not recorded:
            record.lost(self._claim)

    def _make_equal(self) -> bool:
        person = load(self._sync.customer_id, now=self._started)
        self._version = person.version
        wish = holding_back.wish(self._connector, person, self._sync, connection=self._claim.connection)
        digest = _digest(person, wish.allowed)
        self._note(wish.desired, same=digest == self._sync.desired_digest)
        self._work = work = self._hands(person, wish.allowed)
        if wish.nothing or self._claim.connection.mode == Mode.SHADOW:
            return record.held(self._claim, self._report(), wish.reason or HoldReason.SHADOW)
        if digest != self._sync.desired_digest or self._sync.suspect:
            # Who takes access may use what is kept for that, whatever made the run due.
            self._gate.revoke |= bool(self._connector.taken(wish.allowed, self._sync.observed))
            self._connector.apply(work)
        if wish.reason:
            return record.held(self._claim, self._report(), wish.reason, digest=digest)
        return record.applied(self._claim, self._report(), digest=digest)

    def _note(self, desired: dict[str, Any], *, same: bool) -> None:
        """Show what is wanted; while it is being made so, nothing counts as applied."""
        columns = {"desired": desired} if same else {"desired": desired, "desired_digest": ""}
        mine = Sync.objects.filter(
            pk=self._sync.pk, fencing_token=self._claim.token, status=SyncStatus.RUNNING
        )
        if not mine.update(**columns):
            raise LeaseLost

    def _hands(self, person: Person, desired: dict[str, Any]) -> Work:
        return Work(
            sync_id=self._sync.pk,
            token=self._claim.token,
            connection=self._claim.connection,
            person=person,
            desired=desired,
            observed=self._sync.observed,
            remote_id=self._sync.remote_id,
            remote_email=self._sync.remote_email,
            gate=self._gate,
            suspect=self._sync.suspect,
        )

    def _renew(self) -> None:
        if not renew(self._sync.pk, self._claim.token):
            raise LeaseLost
        reach("before_call")

    def _failed(self, error: ProviderError) -> bool:
        """The one place where an error becomes a decision."""
        if isinstance(error, BadCredentials):
            pausing.pause(self._claim.connection.pk, reason=error.code, since=self._started)
        tries = retry.Tries(self._sync.attempt_count, self._sync.first_failed_at)
        decision = retry.decide(
            error, tries, now=database_now(), jitter=random.random(), free=self._gate.probing  # noqa: S311
        )  # fmt: skip
        return record.failed(self._claim, self._report(http_status=error.http_status), decision)

    def _report(self, *, http_status: int = 0) -> Report:
        return Report(
            version=self._version,
            started_at=self._started,
            finished_at=database_now(),
            steps=self._work.steps if self._work else [],
            http_status=http_status,
        )


def _digest(person: Person, desired: dict[str, Any]) -> str:
    """Equal when nothing differs that the destination could notice; the identity counts, unreadably."""
    told = json.dumps([person.email, person.name, desired], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()
