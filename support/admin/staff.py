"""Users and groups, for superusers: every change asks who you are and is written down; nobody is deleted."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from support import audit, factors, rights
from support.admin.kept import kept, put_back
from support.admin.readonly import ReadOnly, SuperuserOnly
from support.admin.reauth import confirm_first
from support.admin.typed import reason_of
from support.screen import pills
from support.screen.moments import moment
from support.screen.pills import NOTHING, Tone

MOST_SUPERUSERS = 2
if TYPE_CHECKING:
    Form = UserChangeForm[User]
    NewForm = AdminUserCreationForm[User]
    Accounts = UserAdmin[User]
else:
    Form = UserChangeForm  # not subscriptable at run time
    NewForm = AdminUserCreationForm
    Accounts = UserAdmin


def why() -> forms.CharField:
    return forms.CharField(max_length=200, label="Reason", help_text="Kept in the record with the change.")


class ReasonForm(ActionForm):
    """Stock action form with a reason."""

    reason = forms.CharField(required=False, max_length=200, label="Reason")


class StaffForm(Form):
    """Refuses a third superuser: who may everything is hard to watch."""

    reason = why()

    class Meta(UserChangeForm.Meta):
        help_texts: ClassVar = {"is_staff": "May sign in to the back office."}

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=self.instance.pk)
        if cleaned.get("is_superuser") and cleaned.get("is_active") and others.count() >= MOST_SUPERUSERS:
            raise ValidationError(
                f"{MOST_SUPERUSERS} superusers are enough: take the right from one of them first, or use the "
                "group Founder."
            )
        return cleaned


class NewStaffForm(NewForm):
    """A new account has no rights yet; why there is one is recorded all the same."""

    reason = why()


class StaffAdmin(SuperuserOnly, Accounts):
    """Accounts of staff. Deactivate who leaves: what they did must keep its name."""

    heading = "Users"
    lead = "Accounts of staff. Rights come with groups; switch an account off when somebody leaves."

    form = StaffForm  # type: ignore[assignment]
    add_form = NewStaffForm
    add_fieldsets = (*Accounts.add_fieldsets, ("Why", {"fields": ("reason",)}))
    # Rights come with groups only, so that the written matrix is the whole truth.
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who", {"fields": ("first_name", "last_name", "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Why", {"fields": ("reason",)}),
        ("Dates", {"fields": ("signed_in", "date_joined")}),
    )
    readonly_fields = ("signed_in", "date_joined")
    filter_horizontal = ()
    list_display = ("username", "roles", "may_sign_in", "app", "signed_in")
    actions = ("reset_second_factor", "unlock")
    action_form = ReasonForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        users = cast("QuerySet[User]", super().get_queryset(request).prefetch_related("groups"))
        return users.annotate(apps=Count("totpdevice"))

    @admin.display(description="may do")
    def roles(self, user: User) -> str:
        everything = ["everything (superuser)"] if user.is_superuser else []
        return ", ".join([*everything, *(each.name for each in user.groups.all())]) or NOTHING

    @admin.display(description="sign-in")
    def may_sign_in(self, user: User) -> SafeString:
        allowed = user.is_active and user.is_staff
        return pills.pill("Allowed", Tone.GOOD) if allowed else pills.pill("Switched off", Tone.QUIET)

    @admin.display(description="second factor")
    def app(self, user: User) -> SafeString:
        has_one = getattr(user, "apps", 0)
        return pills.pill("Set up", Tone.GOOD) if has_one else pills.pill("Not set up", Tone.WARN)

    @admin.display(description="last sign-in")
    def signed_in(self, user: User) -> SafeString | str:
        return moment(user.last_login, now=timezone.now()) or "never"

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = kept(request)
        page = super().changelist_view(request, *args, **kwargs)
        if form and isinstance(page, TemplateResponse):
            put_back(page, form)
        return page

    def action_checkbox(self, obj: Model) -> SafeString:
        attributes = {"class": "action-select", "aria-label": f"Choose {obj}"}
        box = forms.CheckboxInput(attributes, check_test=lambda _value: getattr(obj, "ticked", False))
        return box.render(ACTION_CHECKBOX_NAME, str(obj.pk))

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._confirm_first(request) or super().changeform_view(request, *args, **kwargs)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        if asked := self._confirm_first(request):
            return asked
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # type: ignore[override]
        before = User.objects.filter(pk=obj.pk).first()
        form.rights_before = rights_of(before) if before else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changes = (form.rights_before, rights_of(form.instance))
        act, reason = "change_user" if change else "add_user", form.cleaned_data["reason"]
        audit.record(act, form.instance, by=_me(request), reason=reason, change=changes)

    def log_change(self, request: HttpRequest, obj: User, message: Any) -> Any:  # type: ignore[override]
        if self._is_password(request):
            audit.record("set_password", obj, by=_me(request))
        return super().log_change(request, obj, message)

    @admin.action(description="Reset second factor (lost phone)", permissions=["change"])
    def reset_second_factor(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        """They set up a new app at their next request; until then they see nothing."""
        return self._each(request, users, act="reset_second_factor")

    @admin.action(description="Unlock sign-in", permissions=["change"])
    def unlock(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse | None:
        return self._each(request, users, act="unlock_sign_in")

    def _each(self, request: HttpRequest, users: QuerySet[User], *, act: str) -> HttpResponse | None:
        reason = reason_of(request)
        if not reason:
            messages.error(request, "Nothing was done: say why, in the field Reason.")
            return None
        if asked := confirm_first(request, page=request.get_full_path()):
            return asked
        with transaction.atomic():
            for user in users:
                if act == "unlock_sign_in":
                    AxesProxyHandler.reset_attempts(username=user.get_username())
                else:
                    factors.take_away(user)
                audit.record(act, user, by=_me(request), reason=reason)
        messages.success(request, f"Done for {users.count()}.")
        return None

    def _confirm_first(self, request: HttpRequest) -> HttpResponse | None:
        """These pages lead to one another, and each asks: who would rather not is led to the list."""
        if not self.has_change_permission(request):
            return None
        return confirm_first(request, cancel=reverse("admin:auth_user_changelist"))

    def _is_password(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        return bool(match and (match.url_name or "").endswith("password_change"))


class RolesAdmin(SuperuserOnly, ReadOnly, GroupAdmin):
    """Groups: their rights are written in support/rights.py, so here to look at."""

    lead = "What each group may is written in the code and follows it at every release."
    list_display = ("name", "may", "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        groups = cast("QuerySet[Group]", super().get_queryset(request))
        return groups.annotate(people=Count("user", filter=Q(user__is_active=True)))

    @admin.display(description="may")
    def may(self, group: Group) -> str:
        return rights.IN_WORDS.get(group.name, "see the group's page")

    @admin.display(description="members")
    def members(self, group: Group) -> SafeString:
        page = f"{reverse('admin:auth_user_changelist')}?groups__id__exact={group.pk}"
        return format_html('<a href="{}">{}</a>', page, getattr(group, "people", 0))


def rights_of(user: User) -> dict[str, Any]:
    """What an audit entry says of an account: flags and ids, no names."""
    return {
        "active": user.is_active,
        "staff": user.is_staff,
        "superuser": user.is_superuser,
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "rights": sorted(user.user_permissions.values_list("codename", flat=True)),
    }


def register() -> None:
    """In place of what django.contrib.auth registered."""
    for model, ours in ((User, StaffAdmin), (Group, RolesAdmin)):
        admin.site.unregister(model)
        admin.site.register(model, ours)


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
