"""The admin site: its name, and who may see what other packages registered."""

from django.contrib import admin

from support.admin import signin
from support.admin.readonly import SuperuserOnly

THIRD_PARTY = ("auth", "django_celery_beat", "axes", "otp_totp", "otp_static")


def name_the_site() -> None:
    admin.site.site_header = admin.site.site_title = "Launch Ready"
    admin.site.index_title = "Today"
    admin.site.site_url = None
    admin.site.login_form = signin.SignInForm
    admin.site.enable_nav_sidebar = False  # ours stands in templates/admin/base_site.html


def fence_off_third_parties() -> None:
    """Register what other packages registered once more, for superusers only."""
    # Ours is the last app, so autodiscovery has registered all others by now.
    for model, model_admin in list(admin.site._registry.items()):
        if model._meta.app_label in THIRD_PARTY:
            admin.site.unregister(model)
            fenced = type(
                f"SuperuserOnly{type(model_admin).__name__}", (SuperuserOnly, type(model_admin)), {}
            )
            admin.site.register(model, fenced)
