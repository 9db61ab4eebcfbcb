"""Bodies of v1.1 customer/add, and what came of them."""

from customers.models import Identifier

PATH = "customer/add"
MOBILE, EMAIL = "447700900111", "rita@example.com"


def build_customer_item(**other):
    return {"mobile": MOBILE, "email": EMAIL, "firstname": "Rita", "lastname": "John", **other}


def build_body(*items):
    return {"root": {"customer": list(items)}}


def list_identifiers(customer_id=None):
    rows = Identifier.objects.all()
    rows = rows if customer_id is None else rows.filter(customer_id=customer_id)
    return sorted(rows.values_list("type", "value"))


def list_warning_codes(row):
    return [warning["code"] for warning in row["item_status"]["warnings"]["warning"]]


def add_customers(till, read_answer, *items, **headers):
    _, response = read_answer(till.post(PATH, build_body(*items), **headers))
    return response["customers"]["customer"]
