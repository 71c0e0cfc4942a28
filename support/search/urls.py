"""The addresses of searching."""

from django.contrib import admin
from django.urls import path

from support.search import views

app_name = "search"

urlpatterns = [
    path("search/", admin.site.admin_view(views.page), name="page"),
    path("search/suggest/", admin.site.admin_view(views.suggest), name="suggest"),
]
