"""Making one Kit subscriber equal to what is desired: one upsert, then only the tags that change."""

import hashlib
import json
from collections.abc import Callable

from customers.vocabulary import ReviewKind
from integrations import suppression
from integrations.connectors import sharing
from integrations.connectors.holding import IN, OUT, to_add, to_drop
from integrations.connectors.kit.client import Kit, Subscriber
from integrations.connectors.kit.directory import Directory
from integrations.errors import Gone, Rejected, TryAgain
from integrations.work import Work


class Steps:
    """One run for one person."""

    def __init__(self, work: Work, kit: Kit) -> None:
        self._work = work
        self._kit = kit
        self._directory = Directory(work, kit)
        self._wrote = False

    def run(self) -> None:
        work = self._work
        if not work.remote_id and not work.desired["write"]:
            return
        if work.person.email:
            self._write()
        elif not work.remote_id:
            raise Rejected("no_email", "No e-mail address is known.")
        for name in to_add(work.desired["tags"], self._held, suspect=work.suspect):
            self._change(name, self._tag, to=IN)
        for name in to_drop(work.desired["tags"], self._held, suspect=work.suspect):
            self._change(name, self._untag, to=OUT)
        if not self._suppressed:
            self._start_sequences()
        work.settle()

    @property
    def _suppressed(self) -> bool:
        return bool(self._work.observed.get("suppressed")) or suppression.is_suppressed(self._work.sync_id)

    @property
    def _held(self) -> dict[str, str]:
        held: dict[str, str] = self._work.observed.setdefault("tags", {})
        return held

    def _write(self) -> None:
        """Address, name and fields, if any of them changed since we last wrote them.

        Also when a message is due to somebody who wanted none: only the answer says whether they do now.
        """
        work = self._work
        told = [work.person.email, work.person.first_name, work.desired["fields"]]
        mark = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
        same = work.remote_id and work.observed.get("written") == mark and not work.suspect
        if same and not (self._message_is_due() and self._suppressed):
            return
        work.observed.pop("written", None)
        work.keep()
        subscriber = self._send()
        self._let_move(subscriber)
        if work.remote_id and subscriber.id != work.remote_id:
            self._leave_old()  # deleted there, or its address was changed there, or ours is taken there
        work.remote_id, work.remote_email = subscriber.id, subscriber.email or work.person.email
        work.observed |= {
            "known": True, "written": mark, "fields": work.desired["fields"],
            "state": subscriber.state, "suppressed": subscriber.state != "active",
        }  # fmt: skip
        work.keep()
        if subscriber.state == "active":  # by their own act: who opted out is never made as active
            suppression.subscribed_again(work.sync_id)
        self._wrote = True
        work.did("write_subscriber", subscriber.id, outcome=subscriber.state)

    def _message_is_due(self) -> bool:
        work = self._work
        return any(not work.was_done(each["kind"], each["subject"]) for each in work.desired["sequences"])

    def _let_move(self, found: Subscriber) -> None:
        """Raises: TryAgain when another customer of ours, who has a new address, still is this subscriber."""
        work = self._work
        before = work.observed.pop("waits_for", None)
        if found.id == work.remote_id or not sharing.wake_who_moved(work, found.id):
            return
        work.observed["waits_for"] = found.id
        work.keep()
        raise TryAgain(
            "subscriber_taken",
            "Another customer, whose address changed, still has this Kit subscriber and moves first.",
            wait=None if before == found.id else 0.0,
        )

    def _send(self) -> Subscriber:
        """The one write; fields that Kit does not know any more are made again, once."""
        try:
            subscriber = self._send_fields(again=False)
        except Rejected as problem:
            if problem.code != "unknown_field":
                raise
            return self._send_fields(again=True)
        return self._send_fields(again=True) if subscriber.unknown_fields else subscriber

    def _send_fields(self, *, again: bool) -> Subscriber:
        work = self._work
        keys = self._directory.field_keys(again=again)
        fields = {keys[label]: value for label, value in work.desired["fields"].items()}
        email, name = work.person.email, work.person.first_name
        moved = work.remote_id and work.remote_email and work.remote_email.casefold() != email.casefold()
        if moved:
            try:
                found = self._kit.update(work.remote_id, email=email, first_name=name, fields=fields)
            except Gone:
                self._forget()
            except Rejected as problem:
                if problem.code != "email_taken":
                    raise
                work.ask(
                    ReviewKind.EMAIL_CHANGE,
                    {"connection": work.connection.slug, "subscriber": work.remote_id},
                )
            else:
                work.answered(ReviewKind.EMAIL_CHANGE)
                return found
        return self._kit.upsert(email, first_name=name, fields=fields, no_mail=self._suppressed)

    def _leave_old(self) -> None:
        """They are another subscriber now: take our tags off the old one and go on there."""
        work = self._work
        for name in to_drop([], self._held):
            if not sharing.is_kept_for_another(work, "tags", name):
                self._untag(name)
        self._forget()
        work.did("left_old_subscriber")

    def _forget(self) -> None:
        """That subscriber; what the person was sent, and that they want nothing, is true of any other."""
        work = self._work
        work.remote_id, work.remote_email = "", ""
        kept = ("sent", "suppressed")
        work.observed = {key: work.observed[key] for key in kept if key in work.observed}
        work.keep()

    def _change(self, name: str, call: Callable[[str], None], *, to: str) -> None:
        sharing.change(self._work, "tags", name, call=lambda: call(name), to=to)

    def _tag(self, name: str) -> None:
        """A 404 means that the tag or the subscriber is gone: look the tag up again, once."""
        work, known = self._work, self._directory.tag_id(name)
        try:
            self._kit.tag(known, work.remote_id)
        except Gone:
            found = self._directory.tag_id(name, again=True)
            try:
                self._kit.tag(found, work.remote_id)
            except Gone:
                self._forget()
                raise TryAgain(
                    "subscriber_gone", "Kit's subscriber was deleted there; it is made again."
                ) from None

    def _untag(self, name: str) -> None:
        self._kit.untag(self._directory.tag_id(name), self._work.remote_id)

    def _start_sequences(self) -> None:
        work = self._work
        sent: list[list[str]] = work.observed.setdefault("sent", [])
        for each in work.desired["sequences"]:
            kind, subject, sequence = each["kind"], each["subject"], each["sequence"]
            if not work.reserve(kind, subject):
                continue
            try:
                self._start(sequence)
            except Rejected as problem:
                work.later(problem, what=f"start_{kind}", ref=sequence)
                continue
            work.confirm(kind, subject)
            sent.append([kind, subject])
            work.keep()
            work.did(f"start_{kind}", sequence)

    def _start(self, sequence: int) -> None:
        """A 404 means that the sequence or the subscriber is gone: a write before it tells which."""
        work = self._work
        try:
            self._kit.add_to_sequence(sequence, work.remote_id)
        except Gone:
            if self._wrote:
                raise Rejected("no_sequence", f"Kit has no sequence {sequence}.", http_status=404) from None
            work.observed.pop("written", None)
            work.keep()
            raise TryAgain(
                "subscriber_gone", "Kit's subscriber may have been deleted there; it is written again."
            ) from None
