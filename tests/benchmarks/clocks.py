"""Measuring side by side: what is compared takes turns, so that noise falls on both."""

from collections.abc import Callable, Mapping
from statistics import median, quantiles
from time import perf_counter


def take_turns(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int
) -> dict[str, list[float]]:
    """Seconds of each call, round by round; the first round warms up and does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, call in contenders.items():
            began = perf_counter()
            call()
            if turn:
                seconds[name].append(perf_counter() - began)
    return seconds


def p50(seconds: list[float]) -> float:
    return median(seconds)


def p95(seconds: list[float]) -> float:
    return quantiles(seconds, n=20)[-1]


def told(seconds: Mapping[str, list[float]]) -> str:
    """A line for each contender, in milliseconds."""
    return "\n".join(
        f"{name:<40} p50 {p50(times) * 1000:9.2f} ms   p95 {p95(times) * 1000:9.2f} ms"
        for name, times in seconds.items()
    )
