"""The addresses under one customer, looking and acting; and the file of them all."""

from collections.abc import Callable

from django.contrib.admin import AdminSite
from django.http import HttpResponse
from django.urls import URLPattern, path

from support.admin import customer_access, customer_acts, customer_screen, export

VIEWS: dict[str, tuple[str, Callable[..., HttpResponse]]] = {
    "mark": ("mark/", customer_screen.mark),
    "trace": ("trace/", customer_screen.copy_trace),
    "replay": ("replay/", customer_acts.replay),
    "reread": ("reread/", customer_acts.reread),
    "hold": ("hold/", customer_acts.hold),
    "release": ("release/", customer_acts.release),
    "grant": ("grant/", customer_access.grant),
    "extend": ("extend/", customer_access.extend),
    "end_override": ("override/<int:override_id>/end/", customer_access.end),
}


def patterns(site: AdminSite) -> list[URLPattern]:
    """Named `customers_customer_<act>`."""
    on_one = [
        path(f"<int:customer_id>/{route}", site.admin_view(view), name=f"customers_customer_{name}")
        for name, (route, view) in VIEWS.items()
    ]
    return [path("export/", site.admin_view(export.export), name="customers_customer_export"), *on_one]
