"""Every address that Launch Ready answers."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("billing.urls")),
    path("", include("integrations.urls")),
]
