"""manage.py rebuild_search_index: write the words by which customers are searched anew."""

from typing import Any

from django.core.management.base import BaseCommand

from crm.kernel.transactions import unit_of_work
from customers.operations.customers.search_index import reindex_next_customers


class Command(BaseCommand):
    help = (
        "Compare the search words of all customers with their names and identifiers, and correct "
        "those that differ. Customers can be written meanwhile."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        last_id = count = 0
        while ids := unit_of_work(reindex_next_customers)(after_id=last_id):
            last_id, count = ids[-1], count + len(ids)
        self.stdout.write(self.style.SUCCESS(f"The words of {count} customers are right."))
