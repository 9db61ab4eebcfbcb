"""Files that are seen by an expiring signed link: whoever has the link needs no log-in."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.views.decorators.http import require_safe

from customers import errors
from customers.queries.images import open_image

# Nothing in a file may run, whatever a browser takes it for.
CONTENT_SECURITY_POLICY = "default-src 'none'; sandbox"


@require_safe
def show_image(request: HttpRequest) -> HttpResponseBase:
    """GET /files/image?token="""
    try:
        file, content_type = open_image(request.GET.get("token", ""))
    except errors.ImageLinkRefused:
        return _build_text_response("The link has expired, or is not one.", 403)
    except errors.ImageMissing:
        return _build_text_response("The picture is not there any more.", 404)
    response = FileResponse(file, content_type=content_type)
    # A version never changes; but it is nobody else's to keep.
    response["Cache-Control"] = "private, max-age=3600"
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response


def _build_text_response(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


urlpatterns = [path("image", show_image)]
