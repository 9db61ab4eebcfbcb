"""manage.py open_organization: make an organization and its first member of staff."""

from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.kernel.errors import DomainError
from crm.kernel.transactions import unit_of_work
from crm.messages import explain
from crm.tenancy.models import Organization
from crm.usecases.open_organization import open_organization


class Command(BaseCommand):
    help = "Open an organization: its sources, status labels, and an admin for the dashboard."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="A short name, such as acme.")
        parser.add_argument("--name", help="As people read it; the code when left out.")
        parser.add_argument("--time-zone", default="UTC", help="Such as Asia/Kolkata.")
        parser.add_argument("--country", default="IN", help="Of mobiles without a country code.")
        parser.add_argument("--admin", default="admin", help="The log-in of the first admin.")
        parser.add_argument("--password", help="Asked for when left out.")

    def handle(self, *args: Any, **options: Any) -> None:
        password = options["password"] or getpass(f"Password for {options['admin']}: ")
        try:
            validate_password(password)
            Organization(
                code=options["code"],
                name=options["name"] or options["code"],
                time_zone=options["time_zone"],
                default_country=options["country"],
            ).clean_fields()
        except ValidationError as invalid:
            raise CommandError(" ".join(invalid.messages)) from invalid
        try:
            org = unit_of_work(open_organization)(
                code=options["code"],
                name=options["name"] or options["code"],
                time_zone=options["time_zone"],
                country=options["country"],
                admin_username=options["admin"],
                admin_password=password,
                now=timezone.now(),
            )
        except DomainError as refusal:
            raise CommandError(f"Not opened: {explain(refusal)}") from refusal
        self.stdout.write(
            f"{org.name} is open: {options['admin']} can log in at /admin/ and set up its stores,"
            " tills and fields."
        )
