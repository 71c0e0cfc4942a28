"""Plans and mapping: what each plan means at each connection, by name; chosen, previewed, then changed."""

import json
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from customers.models import Plan
from integrations.connectors import CONNECTORS
from integrations.models import Connection, PlanMapping
from support.admin.kept import sent
from support.admin.reauth import confirm_first
from support.admin.typed import LONGEST_REASON, reason_of
from support.mapping import form, toml
from support.mapping.changing import ChangedMeanwhileError, Wish, change
from support.mapping.choices import FLAGS, Directory, directories
from support.mapping.preview import preview
from support.screen.naming import place_of

LIST = "admin:integrations_planmapping_changelist"
Options = dict[str, Any]


def show(request: HttpRequest) -> HttpResponse:
    """All plans, and what each gives where; to look at only."""
    if request.method not in ("GET", "HEAD") or not request.user.has_perm("integrations.view_planmapping"):
        raise PermissionDenied
    connections = list(Connection.objects.filter(kind__in=CONNECTORS))
    known = directories(connections)
    held = {(row.plan_id, row.connection_id): row for row in PlanMapping.objects.all()}
    plans = [
        (plan, [_cell(each, known[each.pk], held.get((plan.pk, each.pk))) for each in connections])
        for plan in Plan.objects.all()
    ]
    context = {
        **admin.site.each_context(request),
        "title": "Plans and mapping",
        "opts": PlanMapping._meta,
        "connections": connections,
        "plans": plans,
        "may_change": request.user.has_perm("integrations.change_planmapping"),
        "now": timezone.now(),
    }
    return TemplateResponse(request, "support/mapping/plans.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, plan_id: int, connection_id: int) -> HttpResponse:
    """GET: choose. POST: what the choice would do; confirmed: do it."""
    if not request.user.has_perms(["integrations.view_planmapping", "integrations.change_planmapping"]):
        raise PermissionDenied
    plan, connection = _found(Plan, plan_id), _found(Connection, connection_id)
    if plan is None or connection is None or connection.kind not in CONNECTORS:
        raise Http404
    if first := confirm_first(request, page=request.get_full_path()):
        return first
    row = PlanMapping.objects.filter(plan=plan, connection=connection).first()
    before: Options = row.options if row else {}
    posted = sent(request)
    if posted is None:
        return _choose(request, Wish(plan, connection, before), [])
    if "options" in posted:
        return _decided(request, plan, connection, posted)
    options, problems = form.read(connection.kind, posted, before=before)
    wish = Wish(plan, connection, options)
    if problems:
        return _choose(request, wish, problems)
    if row and options == before:
        messages.info(request, "Nothing to change: that is what it means already.")
        return redirect(LIST)
    return _preview(request, wish, before)


def _choose(request: HttpRequest, wish: Wish, problems: list[str]) -> HttpResponse:
    flags = FLAGS.get(wish.connection.kind, {})
    context = _context(request, wish) | {
        "fields": _names(wish.connection).fields(wish.connection, wish.options),
        "flags": [(name, words, bool(wish.options.get(name))) for name, words in flags.items()],
        "problems": problems,
        "now": timezone.now(),
    }
    return TemplateResponse(request, "support/mapping/edit.html", context, status=400 if problems else 200)


def _preview(
    request: HttpRequest, wish: Wish, before: Options, *, problem: str = "", reason: str = ""
) -> HttpResponse:
    context = _context(request, wish) | {
        "preview": preview(wish, names=_names(wish.connection), now=timezone.now()),
        "options": json.dumps(wish.options),
        "seen": json.dumps(before),
        "toml": toml.mapping(wish),
        "reason": reason,
        "longest": LONGEST_REASON,
        "problem": problem,
    }
    return TemplateResponse(request, "support/mapping/preview.html", context, status=400 if problem else 200)


def _decided(request: HttpRequest, plan: Plan, connection: Connection, posted: QueryDict) -> HttpResponse:
    assert isinstance(request.user, AbstractUser)  # admin_view let them in
    options, seen = (_table(posted.get(name, "")) for name in ("options", "seen"))
    if options is None or seen is None or CONNECTORS[connection.kind].check_options(options):
        messages.error(request, "The form was not whole. Choose again.")
        return redirect(request.get_full_path())
    wish = Wish(plan, connection, options)
    if request.method == "GET":
        return _preview(request, wish, seen, reason=posted.get("reason", ""))
    if not (reason := reason_of(request)):
        return _preview(request, wish, seen, problem="Say why: the reason is kept in the record.")
    try:
        changed = change(wish, seen=seen, by=request.user, reason=reason)
    except ChangedMeanwhileError:
        messages.error(request, "Somebody changed this mapping meanwhile. Look again; nothing was done.")
        return redirect(request.get_full_path())
    done = f"{plan.name} at {place_of(connection)} is changed; a worker makes everybody equal who holds it."
    messages.success(request, done if changed else "Nothing to change: that is what it means already.")
    return redirect(LIST)


def _context(request: HttpRequest, wish: Wish) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": f"{wish.plan.name} at {place_of(wish.connection)}",
        "plan": wish.plan,
        "connection": wish.connection,
    }


def _cell(connection: Connection, names: Directory, row: PlanMapping | None) -> dict[str, Any]:
    options: Options = row.options if row else {}
    fields = [each for each in names.fields(connection, options) if each.chosen]
    flags = [words for name, words in FLAGS.get(connection.kind, {}).items() if options.get(name)]
    return {"connection": connection, "fields": fields, "flags": flags, "mapped": row is not None}


def _names(connection: Connection) -> Directory:
    return directories([connection])[connection.pk]


def _found(model: Any, number: int) -> Any:
    return model.objects.filter(pk=number).first() if number < 2**63 else None


def _table(text: str) -> Options | None:
    """None too for what PostgreSQL keeps in no JSON: a NUL, half a character, a number that is none."""
    try:
        found = json.loads(text)
        written = json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and rb"\u0000" not in written else None
