"""Addresses that billing answers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
