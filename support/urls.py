"""Addresses that support answers to machines; with and without a slash, as a redirect loses a body."""

from django.urls import path

from support.tickets.api import Tickets

urlpatterns = [
    path("api/support/tickets", Tickets.as_view(), name="tickets_api"),
    path("api/support/tickets/", Tickets.as_view()),
]
