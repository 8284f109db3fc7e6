"""Seeded chance: one independent stream per patient and purpose, so that changing one does not move the others."""

from __future__ import annotations

import math
import zlib
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 20240222
Choice = TypeVar("Choice")


class Chance:
    """A stream of random numbers that depends only on the seed and on its names."""

    def __init__(self, *names: str) -> None:
        key = zlib.crc32("/".join(names).encode())
        self._generator = np.random.Generator(np.random.PCG64([SEED, key]))

    def uniform(self, low: float, high: float) -> float:
        """Return a number between low and high."""
        return low + (high - low) * float(self._generator.random())

    def normal(self, mean: float = 0.0, sd: float = 1.0) -> float:
        """Return a bell-shaped number: twelve uniform ones added, which is the same on every platform."""
        return mean + sd * (sum(float(self._generator.random()) for _ in range(12)) - 6.0)

    def about(self, median: float, spread: float) -> float:
        """Return a positive number that scatters by a factor around the median."""
        return median * math.exp(self.normal(0.0, spread))

    def integer(self, low: int, high: int) -> int:
        """Return a whole number from low to high, both included."""
        return low + int(self.uniform(0, 1) * (high - low + 1))

    def happens(self, probability: float) -> bool:
        """Return yes with the given probability."""
        return self.uniform(0, 1) < probability

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """Return one of the choices."""
        return choices[self.integer(0, len(choices) - 1)]


class Drift:
    """Noise that remembers: two values a few days apart resemble each other, two months apart do not."""

    def __init__(self, chance: Chance, sd: float, memory_days: float = 20.0) -> None:
        self._chance, self._sd, self._memory = chance, sd, memory_days
        self._day: int | None = None
        self._value = 0.0

    def at(self, day: int) -> float:
        """Return the noise on a day; days must not go back."""
        kept = 0.0 if self._day is None else math.exp(-(day - self._day) / self._memory)
        self._value = kept * self._value + math.sqrt(1 - kept * kept) * self._chance.normal(0.0, self._sd)
        self._day = day
        return self._value

    def factor(self, day: int) -> float:
        """Return the noise on a day as a factor around 1."""
        return math.exp(self.at(day))
