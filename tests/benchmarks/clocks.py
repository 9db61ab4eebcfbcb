"""Timing of contenders in turns, so that noise affects all of them."""

from collections.abc import Callable, Mapping
from statistics import median, quantiles
from time import perf_counter


def take_turns(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int
) -> dict[str, list[float]]:
    """Return the seconds of each call by contender; the first round is a warm-up."""
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


def format_times(seconds: Mapping[str, list[float]]) -> str:
    """Return a line with p50 and p95 in milliseconds for each contender."""
    return "\n".join(
        f"{name:<40} p50 {p50(times) * 1000:9.2f} ms   p95 {p95(times) * 1000:9.2f} ms"
        for name, times in seconds.items()
    )
