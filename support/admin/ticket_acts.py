"""What staff do with a ticket, one POST each: check the right, do the act, say what was done."""

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.contrib import messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from integrations.models import Sync, SyncStatus
from support import who
from support.admin import ticket_page
from support.admin.replaying import replay_and_tell
from support.ids import number_in
from support.models import Ticket
from support.models.message import LONGEST_BODY
from support.tickets import answering, matching, page, progress
from support.tickets.changing import NotPossible

MAX_ID = 2**63
Act = Callable[[HttpRequest, int, AbstractUser], str]
View = Callable[[HttpRequest, int], HttpResponse]


def _posted(act: Act) -> View:
    """The view of an act: it answers with what the act says, or with why it was not possible."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, ticket_id: int) -> HttpResponse:
        user = request.user
        if not isinstance(user, AbstractUser) or not user.has_perm("support.change_ticket"):
            raise PermissionDenied
        if not user.has_perm("support.view_ticket"):
            raise PermissionDenied
        try:
            done = act(request, ticket_id if ticket_id < MAX_ID else 0, user)
        except Ticket.DoesNotExist:
            raise Http404 from None
        except NotPossible as refusal:
            messages.error(request, str(refusal))
            return _with_draft(request, ticket_id)
        else:
            if done:
                messages.success(request, done)
        return redirect("admin:support_ticket_change", ticket_id)

    return view


def _with_draft(request: HttpRequest, ticket_id: int) -> HttpResponse:
    """The page as it is now, e.g. closed by a colleague meanwhile; nothing that was typed is lost."""
    draft = request.POST.get("body", "").strip()
    ticket = page.find(ticket_id) if draft else None
    if ticket is None:
        return redirect("admin:support_ticket_change", ticket_id)
    return ticket_page.shown(request, ticket, draft=draft)


def _answer(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    text = _text(request)
    with transaction.atomic():  # what cannot be answered is not reopened either
        if request.POST.get("reopen"):
            progress.reopen(ticket_id, by=user)
        message = answering.answer(ticket_id, text, by=user)
        if request.POST.get("close"):
            progress.close(ticket_id, by=user)
    if message.unsent:
        return f"The answer is kept. {message.get_unsent_display()}."
    return "The answer is kept and on its way."


def _note(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    answering.note(ticket_id, _text(request), by=user)
    return "The note is kept; only staff see it."


def _mail_again(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    answering.mail_again(ticket_id, _number(request, "message"), by=user)
    return "The answer is on its way again."


def _assign(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    wanted = _number(request, "assignee") if request.POST.get("assignee") else None
    progress.assign(ticket_id, wanted, by=user)
    return "Assigned." if wanted else "Assigned to nobody."


def _close(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    progress.close(ticket_id, by=user)
    return "Closed."


def _reopen(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    progress.reopen(ticket_id, by=user)
    return "Open again."


def _link(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    if not user.has_perm("customers.view_customer"):
        raise PermissionDenied
    asked = request.POST.get("who", "").strip()[:400].replace("\0", "")
    try:
        found = who.find(asked)
    except who.NobodyError as nobody:
        raise NotPossible(str(nobody)) from None
    if len(found) > 1:
        ids = ", ".join(str(each.pk) for each in found[:10])
        raise NotPossible(f"Several people are meant: link one of our ids, {ids}.")
    matching.link(ticket_id, found[0], by=user)
    return "Linked."


def _unlink(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    matching.unlink(ticket_id, by=user)
    return "Unlinked. Nothing links it again by itself."


def _replay(request: HttpRequest, ticket_id: int, user: AbstractUser) -> str:
    if not user.has_perm("integrations.replay_sync"):
        raise PermissionDenied
    customer_id = Ticket.objects.values_list("customer_id", flat=True).get(pk=ticket_id)
    failed = Sync.objects.filter(customer_id=customer_id, status=SyncStatus.DEAD_LETTER)
    if not failed.exists():
        return "Nothing to replay: nothing of this person was given up."
    replay_and_tell(request, syncs=failed)
    return ""


def _text(request: HttpRequest) -> str:
    """What was typed. Raises: NotPossible when it is nothing or too long."""
    text = request.POST.get("body", "").strip().replace("\0", "")
    if not text:
        raise NotPossible("Nothing was written: type a text first.")
    if len(text) > LONGEST_BODY:
        raise NotPossible(f"Too long: at most {LONGEST_BODY:,} characters.")
    return text


def _number(request: HttpRequest, name: str) -> int:
    """A posted id. Raises: NotPossible when it is none."""
    number = number_in(request.POST.get(name, ""))
    if number is None:
        raise NotPossible("The form was not complete: reload the page and try again.")
    return number


VIEWS: Final[dict[str, View]] = {
    act.__name__.lstrip("_"): _posted(act)
    for act in (_answer, _note, _mail_again, _assign, _close, _reopen, _link, _unlink, _replay)
}
