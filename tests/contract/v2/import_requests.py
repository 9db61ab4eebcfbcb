"""Requests about imports, for tests."""

from django.core.files.uploadedfile import SimpleUploadedFile

from crm.runs.models import ImportRun
from tests.customers.import_helpers import run_to_end

CONTENT = "Mobile,E-mail,First name,Shoe\n9800000001,a@example.com,Asha,41\n12ab,,Ben,40\n"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def make_file(content=CONTENT, name="people.csv"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def upload(till, content=CONTENT, query="", name="people.csv", **headers):
    return till.upload(f"imports?{query}", {"file": make_file(content, name)}, **headers)


def check(till, content=CONTENT, query="", name="people.csv"):
    """Upload a file and let a worker check it; return the id."""
    answer = upload(till, content, query, name)
    assert answer.status_code == 202, answer.content
    run_to_end(ImportRun.objects.get(pk=answer.json()["id"]).dry_run)
    return answer.json()["id"]


def send_body(till, body, path="imports?fileName=people.csv", content_type="text/csv", **headers):
    return till._client.post(
        f"/v2/{path}",
        body if isinstance(body, bytes) else body.encode(),
        content_type=content_type,
        **till._credentials,
        **headers,
    )


def read(till, pk, path=""):
    return till.get(f"imports/{pk}{path}").json()


def step(till, pk, name):
    answer = till.post(f"imports/{pk}/{name}", b"")
    return answer.status_code, answer.json()


def list_messages(body):
    return [error["message"] for error in body["errors"]]
