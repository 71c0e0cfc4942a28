"""Addresses of the back office that belong to no table: signing in and confirming."""

from django.contrib import admin
from django.urls import path

from support.admin import enrolment, reauth, signin

app_name = "staff"

urlpatterns = [
    path("password_change/", admin.site.admin_view(signin.change_password)),
    path("confirm/", admin.site.admin_view(reauth.confirm), name="confirm"),
    path("second-factor/", admin.site.admin_view(signin.second_factor), name="second_factor"),
    path("second-factor/set-up/", admin.site.admin_view(enrolment.set_up), name="set_up"),
    path("sign-in/", admin.site.admin_view(enrolment.security), name="security"),
    path("sign-in/recovery-codes/", admin.site.admin_view(enrolment.codes), name="recovery_codes"),
]
