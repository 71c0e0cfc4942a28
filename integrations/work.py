"""One run's hands: what a connector knows, may change, and must commit between its calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Now

from customers import review
from customers.models import ReviewItem
from customers.vocabulary import ReviewKind
from integrations import effects
from integrations.errors import LeaseLost, ProviderError
from integrations.limiter import Gate
from integrations.models import Connection, Sync, SyncStatus
from integrations.person import Person


@dataclass
class Work:
    """Everything one run of a connector needs. `observed` belongs to the connector; `keep` commits it.

    `suspect`: trust nothing observed, repeat every step. `steps` becomes the attempt's record: codes and ids.
    """

    sync_id: int
    token: int
    connection: Connection
    person: Person
    desired: dict[str, Any]
    observed: dict[str, Any]
    remote_id: str
    remote_email: str
    gate: Gate
    suspect: bool = False
    now: datetime | None = None
    steps: list[dict[str, str]] = field(default_factory=list)
    problems: list[ProviderError] = field(default_factory=list)

    def keep(self) -> None:
        """Commit what is known so far. Raises: LeaseLost when another run owns the sync by now."""
        owned = Sync.objects.filter(pk=self.sync_id, fencing_token=self.token, status=SyncStatus.RUNNING)
        if not owned.update(
            observed=self.observed,
            observed_at=Now(),
            remote_id=self.remote_id,
            remote_email=self.remote_email,
        ):
            raise LeaseLost

    def did(self, what: str, ref: object = "", *, outcome: str = "done") -> None:
        """Note a step; codes and ids only."""
        self.steps.append({"do": what, "ref": str(ref), "outcome": outcome})

    def later(self, problem: ProviderError, *, what: str, ref: object = "") -> None:
        """Note a refusal that must not stop the other steps; the first one is raised at the end."""
        self.did(what, ref, outcome=problem.code)
        self.problems.append(problem)

    def settle(self) -> None:
        """Raise the first refusal that was put off."""
        if self.problems:
            raise self.problems[0]

    def reserve(self, kind: str, subject: str) -> bool:
        """Claim a one-time effect; False when it already happened."""
        return effects.reserve(self.person.customer_id, self.connection.pk, kind=kind, subject=subject)

    def confirm(self, kind: str, subject: str) -> None:
        """The one-time effect happened."""
        effects.confirm(self.person.customer_id, self.connection.pk, kind=kind, subject=subject)

    def was_done(self, kind: str, subject: str) -> bool:
        return effects.is_done(self.person.customer_id, self.connection.pk, kind=kind, subject=subject)

    def remember(self, name: str, found: Mapping[str, Any]) -> None:
        """Keep ids that were looked up at the provider on the connection, for all customers."""
        self.connection.remembered = remember(self.connection.pk, name, found)

    def ask(self, kind: ReviewKind, evidence: Mapping[str, Any]) -> None:
        """Open a review item about this customer at this connection, once."""
        item, created = ReviewItem.objects.get_or_create(
            kind=kind,
            subject=self._subject,
            settled_at=None,
            defaults={"customer_id": self.person.customer_id, "evidence": dict(evidence)},
        )
        if not created:
            ReviewItem.objects.filter(pk=item.pk).update(seen_count=F("seen_count") + 1)

    def answered(self, kind: ReviewKind) -> None:
        """What was asked about this customer at this connection needs no answer any more."""
        review.settle(kind, self._subject, now=Now())

    @property
    def _subject(self) -> str:
        return f"customer:{self.person.customer_id}:{self.connection.slug}"


def remember(connection_id: int, name: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """Merge looked-up ids into the connection's `remembered`; a None forgets. Returns all of it."""
    from django.db import transaction

    with transaction.atomic():
        row = Connection.objects.select_for_update().get(pk=connection_id)
        merged = {**row.remembered.get(name, {}), **found}
        row.remembered = {
            **row.remembered,
            name: {key: each for key, each in merged.items() if each is not None},
        }
        row.save(update_fields=["remembered"])
        remembered: dict[str, Any] = row.remembered
    return remembered
