"""Which paths belong to the API, where errors use the format of a dialect."""

API_PREFIXES = ("/v2/", "/v1.1/", "/v3/")


def is_api(path: str) -> bool:
    # With a slash appended: /v2 belongs to the API, /v2x does not.
    return f"{path}/".startswith(API_PREFIXES)


def is_v1_1(path: str) -> bool:
    return f"{path}/".startswith("/v1.1/")
