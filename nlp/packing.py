"""Many weights in one integer: adding two integers adds all their fields, which is what makes a decision fast."""

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import exp
from typing import Generic, TypeVar

Value = TypeVar("Value")

SCALE = 1024  # a weight of 1.0; a field holds sums up to two million, far above all words of the lexicon together
_BITS = 32
_FIELD = (1 << _BITS) - 1
_MIDDLE = 1 << 30  # what each field of a base starts from, so that a sum is never negative


def pack(weights: Sequence[float]) -> int:
    """Signed weights side by side; negative ones borrow from the next field and give back when added."""
    return sum(round(weight * SCALE) << (_BITS * place) for place, weight in enumerate(weights))


def base(weights: Sequence[float]) -> int:
    """Where a sum starts: the weights that need no word, each field lifted to the middle."""
    return pack(weights) + sum(_MIDDLE << (_BITS * place) for place in range(len(weights)))


class Limits:
    """Tells in one addition whether any field of a sum reaches its limit: that lifts the field to its highest bit."""

    def __init__(self, limits: Sequence[float]) -> None:
        self.lift = sum((_MIDDLE - round(limit * SCALE)) << (_BITS * place) for place, limit in enumerate(limits))
        self.each = sum(1 << (_BITS * place) for place in range(len(limits)))
        self.top = self.each << (_BITS - 1)


class Met(dict[int, Value], Generic[Value]):
    """What is worked out for a word when it is first met: most words of a lexicon aren't met for days."""

    def __init__(self, work_out: Callable[[int], Value]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, word: int) -> Value:
        self[word] = value = self._work_out(word)
        return value


class LetterSums(dict[str, int]):
    """Packed weights by letter, packed when first met; 0 for all letters that say nothing.

    The `usual` ones are laid out beforehand, so that hardly any letter of a message takes the slow way.
    """

    def __init__(self, words: Mapping[str, int], pack_word: Callable[[int], int], usual: Iterable[str] = ()) -> None:
        super().__init__(dict.fromkeys(usual, 0))
        self._words = words
        self._pack_word = pack_word
        for letter in words:
            self.pop(letter, None)

    def __missing__(self, letter: str) -> int:
        if letter not in self._words:
            return 0
        self[letter] = packed = self._pack_word(self._words[letter])
        return packed


class Fields:
    """Takes sums apart again into `count` fields."""

    def __init__(self, count: int) -> None:
        self._size = count * _BITS // 8
        self._unpack: Callable[[bytes], tuple[int, ...]] = struct.Struct(f"<{count}I").unpack

    def raw(self, total: int) -> tuple[int, ...]:
        """The fields as they lie there: all lifted by the same amount, in units of 1/SCALE."""
        return self._unpack(total.to_bytes(self._size, "little"))

    def behind(self, total: int) -> int:
        """How far the first field lies below zero, in units of 1/SCALE."""
        return _MIDDLE - (total & _FIELD)

    def weights(self, total: int) -> list[float]:
        """The fields as the sums of weights they stand for."""
        return [(field - _MIDDLE) / SCALE for field in self.raw(total)]


def pack_named(effect: Mapping[str, float], shifts: Mapping[str, int]) -> int:
    """The weights of an effect in the fields of their outputs; other outputs are left out."""
    return sum(round(by * SCALE) << shifts[output] for output, by in effect.items() if output in shifts)


def shifts(outputs: Sequence[str]) -> dict[str, int]:
    """Where the field of each output begins."""
    return {output: _BITS * place for place, output in enumerate(outputs)}


def shares(sums: list[float]) -> list[float]:
    """Sums of log-odds as shares of one."""
    top = max(sums)
    parts = [exp(one - top) for one in sums]
    whole = sum(parts)
    return [part / whole for part in parts]
