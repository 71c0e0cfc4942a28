"""The back office: Django's admin with our theme, our lists and the customer screen."""

from support.admin import (
    alerts,
    audit_list,
    catalogue,
    connections,
    customers,
    records,
    reviews,
    site,
    stripe_events,
    syncs,
    tickets,
)

site.name_the_site()
site.fence_off_third_parties()

__all__ = [
    "alerts",
    "audit_list",
    "catalogue",
    "connections",
    "customers",
    "records",
    "reviews",
    "site",
    "stripe_events",
    "syncs",
    "tickets",
]
