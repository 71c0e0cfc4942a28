"""The addresses of the desks."""

from django.contrib import admin
from django.urls import path

from support.admin import dead_letter_desk, funnel_page, outside_desk, replays

app_name = "desks"
_staff = admin.site.admin_view

urlpatterns = [
    path("dead-letters/", _staff(dead_letter_desk.show), name="dead-letters"),
    path("dead-letters/replay/", _staff(dead_letter_desk.replay), name="replay"),
    path("dead-letters/replays/", _staff(replays.everything), name="replays"),
    path("dead-letters/replays/<int:run_id>/", _staff(replays.run), name="run"),
    path("dead-letters/set-aside/", _staff(dead_letter_desk.set_aside), name="set-aside"),
    path("dead-letters/take-up/", _staff(dead_letter_desk.take_up), name="take-up"),
    path("funnel/<int:step>/", _staff(funnel_page.show), name="funnel"),
    path("paid-but-outside/", _staff(outside_desk.show), name="paid-but-outside"),
]
