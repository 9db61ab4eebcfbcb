"""Loyalty in v1.1: the table of contents, a line for each path in the order of the reference."""

from django.urls import path

from loyalty.api.v1_1.search import Search

urlpatterns = [
    path("customer/search", Search.as_view()),
]
