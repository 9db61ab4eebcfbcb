"""What a caller sends to prove who it is."""

import base64
from typing import Any

from tests.builders import PASSWORD


def basic_auth(login: str, secret: str = PASSWORD) -> dict[str, Any]:
    encoded = base64.b64encode(f"{login}:{secret}".encode()).decode()
    return {"HTTP_AUTHORIZATION": f"Basic {encoded}"}
