"""A client that is logged in to the dashboard with a role."""

from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from crm.tenancy.models import Organization
from tests.builders import make_staff


def log_in(role: str | None = None, org: Organization | None = None, **attributes: Any) -> Client:
    """Return a client whose user has this role; without one, a superuser."""
    user = make_staff(org, is_superuser=role is None, **attributes)
    if role is not None:
        user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    client.user = user
    return client
