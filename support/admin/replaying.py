"""Replay from a list or a screen: ask for a reason, do it, say what was done and what was left alone."""

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.models import StripeEvent
from integrations.models import Sync
from support import deadletters

LONGEST_REASON = 200


class ReplayForm(ActionForm):
    """Stock action form with a reason."""

    reason = forms.CharField(required=False, max_length=LONGEST_REASON, label="Reason")


def replay_and_tell(
    request: HttpRequest,
    *,
    syncs: QuerySet[Sync] | None = None,
    events: QuerySet[StripeEvent] | None = None,
) -> None:
    """Replay what is given, by the person who asks, and leave a message for each kind.

    The caller has checked the right to replay each kind.
    """
    staff = request.user if request.user.is_authenticated else None
    if staff is None:
        raise PermissionDenied
    reason = request.POST.get("reason", "").strip()[:LONGEST_REASON]
    if syncs is not None:
        messages.success(request, deadletters.replay(syncs, by=staff, reason=reason).sentence())
    if events is not None:
        messages.success(request, deadletters.replay_events(events, by=staff, reason=reason).sentence())
