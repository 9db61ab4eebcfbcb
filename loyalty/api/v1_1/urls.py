"""Loyalty in v1.1: the table of contents, a line for each path in the order of the reference."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
