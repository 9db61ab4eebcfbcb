"""POST /v2/customers/{id}/setImage, and embed=CUSTOMERIMAGE of the details ..."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from customers.models import CustomerImage
from customers.rules.images import MAX_BYTES
from tests.builders import make_customer
from tests.contract.v2.answers import read_refusal
from tests.crm.callers import basic_auth
from tests.pictures import make_picture, make_upload, open_image
from tests.queries import count_queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(till):
    return make_customer()


def upload_image(till, person, content=None, **headers):
    return till.upload(f"customers/{person.pk}/setImage", {"file": make_upload(content)}, **headers)


def get_details(till, person, embed="CUSTOMERIMAGE"):
    return till.get(f"customers/{person.pk}?embed={embed}&source=INSTORE&accountId")


def get_link(till, person):
    [image] = get_details(till, person).json()["customerImage"]
    parts = urlsplit(image["filePath"])
    assert (parts.scheme, parts.netloc) == ("http", "testserver")
    return f"{parts.path}?{parts.query}"


def test_take_an_upload_with_another_boundary_for_the_same_request(till, person, client):
    def send(boundary, content):
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n'
            "Content-Type: image/png\r\n\r\n"
        ).encode()
        return client.post(
            f"/v2/customers/{person.pk}/setImage",
            body + content + f"\r\n--{boundary}--\r\n".encode(),
            content_type=f'multipart/form-data; boundary="{boundary}"',
            HTTP_IDEMPOTENCY_KEY="picture-1",
            **basic_auth(till.entity.code),
        )

    first = send("one", make_upload().read())
    second = send("another", make_upload().read())
    other = send("one", b"something else")

    assert (first.status_code, second.status_code, other.status_code) == (200, 200, 422)
    assert second["Idempotent-Replayed"] == "true"
    assert second.content == first.content
    assert CustomerImage.objects.count() == 1


def test_answer_the_version_that_was_set(till, person):
    upload_image(till, person)
    answer = upload_image(till, person)

    row = CustomerImage.objects.get(is_current=True)
    when = f"{timezone.localtime(row.uploaded_at, till.org.zone):%Y-%m-%d %H:%M:%S}"
    assert answer.status_code == 200
    assert answer.json() == {
        "data": [
            {
                "code": 200,
                "file": {
                    "acl": "PRIVATE",
                    "fileHandle": row.handle,
                    "lastModified": when,
                    "latestVersion": 2,
                    "name": f"{till.org.pk}/{person.pk}/0",
                    "namespace": "customerImage",
                    "s3Token": row.path,
                    "version": 2,
                },
                "message": "Successfully uploaded file",
                "status": "true",
            }
        ],
        "warnings": [],
        "errors": [],
    }


def test_show_the_picture_with_links_in_the_details(till, person):
    upload_image(till, person)

    [image] = get_details(till, person).json()["customerImage"]

    assert image.keys() == {"code", "file", "filePath", "message", "secureFilePath", "status"}
    assert (image["code"], image["message"], image["status"]) == (200, "Success", "true")
    assert image["filePath"] == image["secureFilePath"]


def test_show_nothing_where_there_is_none_and_no_key_where_nobody_asks(till, person):
    assert get_details(till, person).json()["customerImage"] == []
    assert "customerImage" not in get_details(till, person, embed="").json()


def test_show_it_by_an_identifier_too(till, person):
    upload_image(till, person)

    answer = till.get(
        "customers/lookup/customerDetails",
        {"identifierName": "id", "identifierValue": person.pk, "embed": "customerImage"},
    )

    assert len(answer.json()["customerImage"]) == 1


def test_cost_one_query_more_when_asked_for(till, person):
    upload_image(till, person)
    get_details(till, person)

    without_image = count_queries(lambda: get_details(till, person, embed=""))
    with_image = count_queries(lambda: get_details(till, person))

    assert with_image - without_image == 1


def test_serve_the_file_to_whoever_has_the_link_without_a_log_in(till, person, client):
    upload_image(till, person)

    answer = client.get(get_link(till, person))

    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert open_image(b"".join(answer)).size == (40, 30)


def test_let_a_link_expire(till, person, client, settings):
    upload_image(till, person)
    path = get_link(till, person)

    settings.IMAGE_LINK_LIFETIME = timedelta(seconds=-1)

    assert client.get(path).status_code == 403


@pytest.mark.parametrize(
    "path",
    ["", "?token=", "?token=a:b:c", "?token=" + "x" * 5000, "?token=%00", "?token=%F0%9F%98%80"],
)
def test_refuse_a_link_that_was_never_signed(till, person, client, path):
    upload_image(till, person)

    assert client.get(f"/files/image{path}").status_code == 403


def test_refuse_a_signature_of_another_version(till, person, client):
    upload_image(till, person)
    path, _, signature = get_link(till, person).partition("%3A")
    upload_image(till, person)
    other = CustomerImage.objects.get(is_current=True).handle

    assert client.get(f"/files/image?token={other}%3A{signature}").status_code == 403
    assert open_image(b"".join(client.get(f"{path}%3A{signature}"))).format == "JPEG"


def test_say_that_a_file_is_gone(till, person, client):
    upload_image(till, person)
    path = get_link(till, person)
    CustomerImage.objects.update(path="nowhere")

    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, (400, 400)),
        ({"file": "just text"}, (400, 400)),
        ({"file": make_upload(b"")}, (400, 400)),
        ({"file": [make_upload(), make_upload()]}, (400, 400)),
        ({"front": make_upload(), "back": make_upload()}, (400, 400)),
        ({"file": make_upload(b"no picture at all")}, (400, 400)),
        ({"file": make_upload(make_picture()[:50])}, (400, 400)),
        ({"file": make_upload(b"x" * (MAX_BYTES + 1))}, (413, 413)),
        ({"file": make_upload(b"x" * (11 * 1024**2))}, (413, 413)),
        ({f"file{n}": make_upload() for n in range(50)}, (400, 400)),
    ],
)
def test_refuse_what_is_no_picture(till, person, form, expected):
    answer = till.upload(f"customers/{person.pk}/setImage", form)

    assert read_refusal(answer) == expected
    assert CustomerImage.objects.count() == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b.png", "‮gnp.exe", "x" * 5000])
def test_do_not_care_what_the_file_is_called(till, person, name):
    file = SimpleUploadedFile("x.png", make_picture())
    file._name = name
    answer = till.upload(f"customers/{person.pk}/setImage", {"file": file})

    # No form has a header that long.
    assert answer.status_code == (200 if len(name) < 1000 else 400)


def test_take_the_only_file_however_its_field_is_called(till, person):
    answer = till.upload(f"customers/{person.pk}/setImage", {"picture": make_upload()})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b"{}", (415, 415)),
        ("image/png", make_picture(), (415, 415)),
        ("multipart/form-data", b"--x", (400, 400)),
        ("multipart/form-data; boundary=", b"--x", (400, 400)),
        ("multipart/form-data; boundary=" + "x" * 900, b"--x", (400, 400)),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data", (400, 400)),
        ("multipart/form-data; boundary=x", b"", (400, 400)),
    ],
)
def test_refuse_bodies_that_cannot_be_read(till, person, client, content_type, body, expected):
    answer = client.post(
        f"/v2/customers/{person.pk}/setImage", body, content_type=content_type, **till._credentials
    )

    assert read_refusal(answer) == expected


def test_know_nobody_of_another_organization(till, stranger, person):
    assert read_refusal(upload_image(stranger, person)) == (404, 8009)
    assert read_refusal(
        stranger.upload("customers/999999999/setImage", {"file": make_upload()})
    ) == (
        404,
        8009,
    )
    assert CustomerImage.objects.count() == 0


def test_do_it_once_for_one_key(till, person):
    first = upload_image(till, person, idempotency_key="a")
    # The client of the tests makes the same body of the same file.
    again = upload_image(till, person, idempotency_key="a")

    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert CustomerImage.objects.count() == 1


def test_pin_the_queries_of_setting(till, person):
    upload_image(till, person)

    assert count_queries(lambda: upload_image(till, person)) == 11
