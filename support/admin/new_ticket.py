"""Staff write down a question: for the person whose screen they come from, or for an e-mail address."""

import secrets
from typing import TYPE_CHECKING

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from customers import normalise
from customers.models import Customer
from support.ids import number_in
from support.models.message import LONGEST_BODY
from support.tickets.opening import Question, open_by_staff

if TYPE_CHECKING:
    from support.admin.tickets import TicketAdmin


class NewTicket(forms.Form):
    """What was asked; the e-mail only where no person is given."""

    email = forms.CharField(
        max_length=normalise.EMAIL_MAX, label="Their e-mail", widget=forms.EmailInput(attrs={"size": 40})
    )
    subject = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"size": 60}))
    body = forms.CharField(
        max_length=LONGEST_BODY, label="What they ask", widget=forms.Textarea(attrs={"rows": 8})
    )

    key = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def clean_email(self) -> str:
        address = normalise.email(self.cleaned_data["email"])
        if not address:
            raise forms.ValidationError("This is no e-mail address: write it like ada@example.com.")
        return address


def show(request: HttpRequest, model_admin: "TicketAdmin") -> HttpResponse:
    """The form, and its POST; `?customer=<our id>` says for whom."""
    user = request.user
    if not model_admin.has_add_permission(request) or not isinstance(user, AbstractUser):
        raise PermissionDenied
    customer = _customer(request)
    form = NewTicket(
        request.POST if request.method == "POST" else None, initial={"key": secrets.token_hex(16)}
    )
    if customer:
        del form.fields["email"]
    if form.is_valid():
        asked = form.cleaned_data
        question = Question(asked["subject"], asked["body"], asked.get("email", ""))
        ticket = open_by_staff(question, customer=customer, by=user, form_key=asked["key"])
        messages.success(request, f"Ticket #{ticket.pk} is open.")
        return redirect("admin:support_ticket_change", ticket.pk)
    context = {
        **admin.site.each_context(request),
        "title": "New ticket",
        "opts": model_admin.opts,
        "form": form,
        "customer": customer,
    }
    return TemplateResponse(request, "support/tickets/new.html", context)


def _customer(request: HttpRequest) -> Customer | None:
    asked = request.GET.get("customer", "")
    if not asked:
        return None
    if not request.user.has_perm("customers.view_customer"):
        raise PermissionDenied
    number = number_in(asked)
    people = Customer.objects.select_related("plan")
    customer = people.filter(pk=number).first() if number is not None else None
    if customer is None:
        raise Http404
    return customer
