"""Every address that Launch Ready answers."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from config import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="front-door"),
    path("admin/", include("support.admin.urls")),
    path("admin/", include("support.desks.urls")),
    path("admin/", include("support.search.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("", include("billing.urls")),
    path("", include("integrations.urls")),
    path("", include("support.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
