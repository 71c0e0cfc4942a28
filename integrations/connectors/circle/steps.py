"""Making one member of Circle equal to what is desired: access first, then profile, few calls."""

from collections.abc import Callable
from functools import partial

from customers.vocabulary import ReviewKind
from integrations.connectors import sharing
from integrations.connectors.circle import asking
from integrations.connectors.circle.client import Circle, Member
from integrations.connectors.holding import IN, OUT, to_add, to_drop
from integrations.errors import Gone, Rejected, TryAgain
from integrations.models import PlanMapping
from integrations.work import Work

INVITATION = "invitation"
KINDS = ("groups", "spaces", "tags")
PERHAPS_FOR_TAGS = ("no_member_tag", "circle_422")  # what Circle says to odd tags is not documented
NAMED_BY = {"no_access_group": "access_groups", "no_space": "spaces"}  # what Circle misses: our option


class MemberGone(TryAgain):
    """Circle has no such member any more, so nothing that we noted of them is there."""

    default_code = "member_gone"
    default_words = "The member was deleted in Circle; they are made again."


class Steps:
    """One run for one person."""

    def __init__(self, work: Work, circle: Circle) -> None:
        self._work = work
        self._circle = circle
        self._created = False

    def run(self) -> None:
        try:
            self._make_equal()
        except MemberGone:
            self._make_equal()
        self._work.settle()

    def _make_equal(self) -> None:
        work = self._work
        if work.remote_id:
            self._look_first()
        elif any(work.desired.values()):
            self._enter()
        asking.note_other_address(work)
        for kind, add in (("groups", self._circle.add_to_group), ("spaces", self._circle.add_to_space)):
            for ref in to_add(work.desired[kind], self._held(kind), suspect=work.suspect):
                self._change(kind, ref, add, to=IN)
        for kind, drop in (
            ("groups", self._circle.remove_from_group),
            ("spaces", self._circle.remove_from_space),
        ):
            for ref in to_drop(work.desired[kind], self._held(kind), suspect=work.suspect):
                self._change(kind, ref, drop, to=OUT)
        for ref in to_add(work.desired["tags"], self._held("tags"), suspect=work.suspect):
            self._change("tags", ref, self._circle.tag, to=IN)
        for ref in to_drop(work.desired["tags"], self._held("tags"), suspect=work.suspect):
            self._change("tags", ref, self._circle.untag, to=OUT)

    def _look_first(self) -> None:
        """Who was renamed, or of whom nothing is trusted, is looked up by id before anything changes.

        Calls go by address, and the one that they gave up may be somebody else's by now. Raises: MemberGone.
        """
        work = self._work
        renamed = work.remote_email.casefold() != work.person.email.casefold()
        if (renamed or work.suspect) and any(map(self._is_to_change, KINDS)):
            self._follow(self._circle.get(work.remote_id))

    def _is_to_change(self, kind: str) -> bool:
        wanted, held, suspect = self._work.desired[kind], self._held(kind), self._work.suspect
        return bool(to_add(wanted, held, suspect=suspect) or to_drop(wanted, held, suspect=suspect))

    def _held(self, kind: str) -> dict[str, str]:
        held: dict[str, str] = self._work.observed.setdefault(kind, {})
        return held

    @property
    def _address(self) -> str:
        """As Circle knows them; its API cannot change an address."""
        return self._work.remote_email or self._work.person.email

    def _change(self, kind: str, ref: str, call: Callable[[str, str], None], *, to: str) -> None:
        sharing.change(self._work, kind, ref, call=lambda: self._with_member(call, ref, to=to), to=to)

    def _with_member(self, call: Callable[[str, str], None], ref: str, *, to: str) -> None:
        """The call; if Circle knows no such user, look once whether their address changed."""
        work = self._work
        if to == OUT and not self._address:
            return
        try:
            call(ref, self._address)
        except Gone as gone:
            if to == OUT and self._is_retired(gone, ref):
                work.did(gone.code, ref)
                return
            if gone.code != "no_user":
                raise
            if to == OUT and not work.remote_id:
                return  # nobody is there who could leave it
            self._find_again()
            call(ref, self._address)

    def _is_retired(self, gone: Gone, ref: str) -> bool:
        """Whether Circle misses what no plan gives any more: then nobody is in it.

        While a plan still gives it, our key may be one of another community, and they may be in.
        """
        if gone.code not in NAMED_BY:
            return False
        given = {NAMED_BY[gone.code]: [int(ref)]}
        mappings = PlanMapping.objects.filter(connection=self._work.connection)
        return not mappings.filter(options__contains=given).exists()

    def _find_again(self) -> None:
        """The member under another address. Raises: MemberGone, TryAgain (there, but not seen yet)."""
        work = self._work
        member = self._circle.get(work.remote_id) if work.remote_id and not self._created else None
        if self._created or (member and member.email.casefold() == self._address.casefold()):
            raise TryAgain("member_lag", "Circle does not see this member yet.")
        self._follow(member)
        asking.note_other_address(work)

    def _follow(self, member: Member | None) -> None:
        """Go by the address that the member has now. Raises: MemberGone, also when it is another's."""
        work = self._work
        if member is None:
            work.problems.clear()  # they were about who is not there any more
            self._forget()
            raise MemberGone
        if member.email.casefold() != work.remote_email.casefold():
            sharing.wake_others(work)
            if sharing.is_of_another(work, member.email):
                self._leave(member.email)
                work.answered(ReviewKind.EMAIL_COLLISION)
                self._forget()
                raise MemberGone
            if work.remote_email.casefold() == work.person.email.casefold():
                work.observed.pop("asked_about", None)  # they were said to have ours, and have not
        self._known(member)

    def _leave(self, email: str) -> None:
        """Take from that member what we gave for our person, but for what is the other's too."""
        circle = self._circle
        drops = (circle.remove_from_group, circle.remove_from_space, circle.untag)
        for kind, drop in zip(KINDS, drops, strict=True):
            for ref in to_drop((), self._held(kind)):
                sharing.change(self._work, kind, ref, call=partial(drop, ref, email), to=OUT)

    def _forget(self) -> None:
        work = self._work
        work.remote_id, work.remote_email = "", ""
        for kind in KINDS:
            work.observed[kind] = dict.fromkeys(self._held(kind), OUT)
        for name in ("member", "accepted", "profile"):
            work.observed.pop(name, None)
        work.keep()
        work.did("member_gone")

    def _enter(self) -> None:
        """Create the member, or find the one that is there. An invitation is mailed once per connection."""
        work = self._work
        email = work.person.email
        if not email:
            raise Rejected("no_email", "No e-mail address is known.")
        member = None
        if work.observed.get("creating"):  # under that address, whatever theirs is by now
            member = self._circle.search(work.remote_email or email)
        if member is None:
            member = self._create(email) or self._circle.search(email)
        if member is None:
            raise TryAgain("member_lag", "Circle does not see its new member yet.")
        for tag in member.tags & set(work.desired["tags"]):
            self._held("tags")[str(tag)] = IN
        self._known(member)
        if not asking.note_sharing(work):  # whose member was there as another's was mailed nothing
            work.confirm(INVITATION, self._community)

    @property
    def _community(self) -> str:
        """The subject of the one invitation."""
        return f"connection:{self._work.connection.slug}"

    def _create(self, email: str) -> Member | None:
        work = self._work
        invited = work.was_done(INVITATION, self._community)
        invite = work.connection.options.get("invite", True) and not invited
        if invite:
            work.reserve(INVITATION, self._community)
        work.observed["creating"], work.remote_email = True, email
        for tag in work.desired["tags"]:
            self._held("tags")[str(tag)] = "maybe"
        work.keep()
        member = self._send(email, invite=invite)
        self._created = True
        work.did("create_member", member.id if member else "")
        return member

    def _send(self, email: str, *, invite: bool) -> Member | None:
        """The creation; without tags when it may be refused for them, and each tag is tried at the end."""
        name, tags = self._work.person.name, self._work.desired["tags"]
        try:
            return self._circle.create(email, name=name, tags=tags, invite=invite)
        except Rejected as problem:
            if not tags or problem.code not in PERHAPS_FOR_TAGS:
                raise
        return self._circle.create(email, name=name, tags=[], invite=invite)

    def _known(self, member: Member) -> None:
        work = self._work
        work.remote_id, work.remote_email = member.id, member.email
        work.observed.pop("creating", None)
        work.observed |= {"member": True, "accepted": member.accepted}
        if member.profile:
            work.observed["profile"] = member.profile
        work.keep()
