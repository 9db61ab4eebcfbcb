"""Uploaded files go to disk as they arrive, and stop at a limit."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.http import JsonResponse
from django.urls import path

from crm import urls


def _receive(request):
    file = request.FILES["file"]
    return JsonResponse(
        {"on disk": isinstance(file, TemporaryUploadedFile), "head": file.read(5).decode()}
    )


class Receiving:
    urlpatterns = [*urls.urlpatterns, path("upload", _receive)]
    handler400 = urls.handler400


@pytest.fixture(autouse=True)
def _urls(settings):
    settings.ROOT_URLCONF = Receiving


def test_even_a_small_file_is_on_disk(client):
    response = client.post("/upload", {"file": SimpleUploadedFile("a.csv", b"mobile;email\n")})

    assert response.json() == {"on disk": True, "head": "mobil"}


def test_a_file_above_the_limit_of_a_body_streams(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    response = client.post("/upload", {"file": SimpleUploadedFile("a.csv", b"x" * 5000)})

    assert response.json() == {"on disk": True, "head": "xxxxx"}


def test_a_file_above_the_limit_of_uploads_is_refused(client, settings):
    settings.UPLOAD_MAX_BYTES = 1000

    response = client.post("/upload", {"file": SimpleUploadedFile("a.csv", b"x" * 5000)})

    assert response.status_code == 400
    assert "This request cannot be read" in response.content.decode()
