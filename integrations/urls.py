"""Addresses that integrations answers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
