"""The admin site: its name, its sign-in, and who may see what other packages registered."""

from django.contrib import admin

from support.admin import signin, staff
from support.admin.readonly import SuperuserOnly

THIRD_PARTY = ("auth", "django_celery_beat")
# Keys and one-time codes to read, failures to delete: what is needed of these is in support/admin/staff.py.
HIDDEN = ("axes", "otp_totp", "otp_static")


def name_the_site() -> None:
    admin.site.site_header = admin.site.site_title = "Launch Ready"
    admin.site.index_title = "Today"
    admin.site.site_url = None
    admin.site.login_form = signin.SignInForm
    admin.site.enable_nav_sidebar = False  # ours stands in templates/admin/base_site.html


def fence_off_third_parties() -> None:
    """Hide what other packages registered, or keep it for superusers only."""
    # Ours is the last app, so autodiscovery has registered all others by now.
    staff.register()
    for model, model_admin in list(admin.site._registry.items()):
        if model._meta.app_label in HIDDEN:
            admin.site.unregister(model)
        elif model._meta.app_label in THIRD_PARTY and not isinstance(model_admin, SuperuserOnly):
            admin.site.unregister(model)
            fenced = type(
                f"SuperuserOnly{type(model_admin).__name__}", (SuperuserOnly, type(model_admin)), {}
            )
            admin.site.register(model, fenced)
