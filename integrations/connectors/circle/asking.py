"""What staff are asked about a member of Circle: whose it is, and which address it should have."""

import hashlib

from customers.vocabulary import ReviewKind
from integrations.connectors import sharing
from integrations.work import Work


def note_sharing(work: Work) -> bool:
    """Whether another of ours is this member already; staff should look whether they are one human."""
    other = sharing.others(work).values_list("customer_id", flat=True).first()
    if other is not None:
        told = {"connection": work.connection.slug, "member": work.remote_id, "other_customer": other}
        work.ask(ReviewKind.EMAIL_COLLISION, {**told, "why": "one_member"})
    return other is not None


def note_other_address(work: Work) -> None:
    """Circle cannot follow an e-mail change: ask a person, once per address, until both agree again."""
    theirs, ours = work.remote_email.casefold(), work.person.email.casefold()
    if not (work.remote_id and theirs and ours):
        return
    mark = hashlib.sha256(ours.encode()).hexdigest()[:12] if theirs != ours else None
    if work.observed.get("asked_about") == mark:
        return
    if mark:
        work.ask(ReviewKind.EMAIL_CHANGE, {"connection": work.connection.slug, "member": work.remote_id})
        work.observed["asked_about"] = mark
    else:
        work.answered(ReviewKind.EMAIL_CHANGE)
        del work.observed["asked_about"]
    work.keep()
