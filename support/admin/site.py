"""The admin site: its name, its sign-in, and nothing that other packages registered but accounts."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from support.admin import signin, staff

# Keys and one-time codes to read, failures to delete: what is needed of these is in support/admin/staff.py.
# Beat's schedules are written in the settings; its pages could only switch the machine off.
HIDDEN = ("axes", "otp_totp", "otp_static", "django_celery_beat")


def name_the_site() -> None:
    admin.site.site_header = admin.site.site_title = "Launch Ready"
    admin.site.index_title = "Today"
    admin.site.site_url = None
    admin.site.login_form = signin.SignInForm
    admin.site.enable_nav_sidebar = False  # ours stands in templates/admin/base_site.html
    _spare_djangos_own_menu()


def _spare_djangos_own_menu() -> None:
    """Django gathers all models on each page, for a menu that ours replaced; one app's page lists them."""
    gather = admin.site.get_app_list

    def get_app_list(request: HttpRequest, app_label: str | None = None) -> list[Any]:
        return gather(request, app_label) if app_label else []

    admin.site.get_app_list = get_app_list  # type: ignore[method-assign]


def fence_off_third_parties() -> None:
    """Hide what other packages registered; accounts and groups get pages of ours."""
    # Ours is the last app, so autodiscovery has registered all others by now.
    staff.register()
    for model in list(admin.site._registry):
        if model._meta.app_label in HIDDEN:
            admin.site.unregister(model)
