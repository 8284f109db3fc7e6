"""The few words of a Narwhals expression that the rules use, answered by a numpy array at once.

A dataframe library spends a tenth of a millisecond on every operation; on the visits of a small series that is all
the time there is. Missing is NaN in numbers and None in words; a comparison with it is false.
"""

from typing import Any

import numpy as np
import pandas as pd


class Array:
    """One column as a numpy array of numbers, truth values or words."""

    __hash__ = None  # type: ignore[assignment]  # it compares element by element

    def __init__(self, values: Any) -> None:
        self.data = np.asarray(values)

    @classmethod
    def of(cls, column: pd.Series) -> "Array":
        """A column of a frame; words stay words, everything else becomes floating-point numbers."""
        if pd.api.types.is_numeric_dtype(column.dtype):
            return cls(column.to_numpy(dtype="float64", na_value=np.nan))
        words = column.astype(object).to_numpy(dtype=object, copy=True)
        words[pd.isna(column).to_numpy()] = None
        return cls(words)

    def cast(self, _dtype: Any) -> "Array":
        """The same numbers: every numeric column is a float already."""
        return Array(self.data.astype("float64"))

    def round(self, decimals: int) -> "Array":
        """Rounded to so many decimals."""
        return Array(np.round(self.data, decimals))

    def is_null(self) -> "Array":
        """Where nothing is known."""
        return Array(pd.isna(self.data))

    def fill_null(self, other: Any) -> "Array":
        """The values, and `other` where nothing is known."""
        return Array(np.where(pd.isna(self.data), plain(other), self.data))

    def choose(self, yes: Any, no: Any) -> "Array":
        """`yes` where this condition holds, `no` elsewhere."""
        return Array(np.where(self.data, plain(yes), plain(no)))

    def exp(self) -> "Array":
        """Euler's number to the power of each value."""
        return Array(np.exp(self.data))

    def maximum(self, other: Any) -> "Array":
        """The greater of the two, row by row."""
        return Array(np.maximum(plain(self), plain(other)))

    def minimum(self, other: Any) -> "Array":
        """The lesser of the two, row by row."""
        return Array(np.minimum(plain(self), plain(other)))

    def __lt__(self, other: Any) -> "Array":
        return Array(self.data < plain(other))

    def __le__(self, other: Any) -> "Array":
        return Array(self.data <= plain(other))

    def __gt__(self, other: Any) -> "Array":
        return Array(self.data > plain(other))

    def __ge__(self, other: Any) -> "Array":
        return Array(self.data >= plain(other))

    def __eq__(self, other: object) -> "Array":  # type: ignore[override]
        return Array(self.data == plain(other))

    def __and__(self, other: Any) -> "Array":
        return Array(self.data & plain(other))

    def __or__(self, other: Any) -> "Array":
        return Array(self.data | plain(other))

    def __invert__(self) -> "Array":
        return Array(~self.data)

    def __add__(self, other: Any) -> "Array":
        return Array(self.data + plain(other))

    def __radd__(self, other: Any) -> "Array":
        return Array(plain(other) + self.data)

    def __sub__(self, other: Any) -> "Array":
        return Array(self.data - plain(other))

    def __rsub__(self, other: Any) -> "Array":
        return Array(plain(other) - self.data)

    def __mul__(self, other: Any) -> "Array":
        return Array(self.data * plain(other))

    def __truediv__(self, other: Any) -> "Array":
        return Array(self.data / plain(other))

    def __rtruediv__(self, other: Any) -> "Array":
        return Array(plain(other) / self.data)


def plain(value: Any) -> Any:
    """The numpy array inside, or the value itself."""
    return value.data if isinstance(value, Array) else value
