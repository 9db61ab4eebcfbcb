"""Who is at the page."""

from typing import cast

from django.http import HttpRequest

from crm.tenancy.models import StaffUser


def staff_of(request: HttpRequest) -> StaffUser:
    """The member of staff; the site lets nobody else in to any of its pages."""
    return cast(StaffUser, request.user)
