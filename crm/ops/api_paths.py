"""Which paths are the API's: they answer machines, in a dialect's own error body."""

API_PREFIXES = ("/v2/", "/v1.1/", "/v3/")


def is_api(path: str) -> bool:
    # With the slash that the dialect's bare name lacks: /v2 is the API's, /v2x is not.
    return f"{path}/".startswith(API_PREFIXES)


def is_v1_1(path: str) -> bool:
    return f"{path}/".startswith("/v1.1/")
