"""A measured stretch of work: by the clock on the wall, and by this process's own processor time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Figure:
    """How long `count` things took."""

    count: int
    wall: float = 0.0
    cpu: float = 0.0

    @property
    def per_second(self) -> float:
        return self.count / self.wall if self.wall else 0.0

    @property
    def cpu_each(self) -> float:
        return self.cpu / self.count


@contextmanager
def stretch(count: int) -> Iterator[Figure]:
    """Measure what happens inside."""
    figure = Figure(count)
    wall, cpu = time.perf_counter(), time.process_time()
    yield figure
    figure.wall, figure.cpu = time.perf_counter() - wall, time.process_time() - cpu
