"""Customers in v1.1: the table of contents, a line for each path in the order of the reference."""

from django.urls import path

from customers.api.v1_1.customers import Add, Update
from customers.api.v1_1.interactions import Interactions
from customers.api.v1_1.notes import Notes
from customers.api.v1_1.preferences import CustomerPreferences
from customers.api.v1_1.subscriptions import Subscriptions
from customers.api.v1_1.tickets import Tickets

urlpatterns = [
    path("customer/add", Add.as_view()),
    path("customer/update", Update.as_view()),
    path("customer/notes", Notes.as_view()),
    path("customer/tickets", Tickets.as_view()),
    path("customer/preferences", CustomerPreferences.as_view()),
    path("customer/interaction", Interactions.as_view()),
    path("customer/subscriptions", Subscriptions.as_view()),
]
