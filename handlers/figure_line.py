"""The words of one question, and which of them nobody has understood yet."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from handlers.figure_terms import ENDING, FILLING
from storage.unit_words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Line:
    """Words in their order; each step of reading takes those it understands."""

    def __init__(self, words: Sequence[Word]) -> None:
        self.words = list(words)
        self.left = set(range(len(self.words)))

    def windows(self, longest: int) -> Iterator[tuple[int, int, str]]:
        """Spans of words nobody took, the longest first, with their letters."""
        for length in range(min(longest, len(self.words)), 0, -1):
            for start in range(len(self.words) - length + 1):
                if self.left.issuperset(range(start, start + length)):
                    yield start, start + length, self.said(start, start + length, "")

    def said(self, start: int, end: int, between: str = " ") -> str:
        """The folded words of a span; "" for what lies outside the line."""
        return between.join(word.folded for word in self.words[max(start, 0) : max(end, 0)])

    def take(self, start: int, end: int) -> None:
        """These words are understood."""
        self.left.difference_update(range(start, end))

    def rest(self) -> list[Word]:
        """All words, with a dot for each that is understood: what is left keeps its place."""
        return [w if at in self.left else Word("·", "·") for at, w in enumerate(self.words)]

    def unread(self) -> Iterator[str]:
        """Runs of words nobody understood and that are not mere filling, as they were typed."""
        telling = [at for at, word in enumerate(self.words) if word.folded not in FILLING]
        open_ = [at for at in telling if at in self.left]
        if open_ and open_[-1] == telling[-1] and self.words[open_[-1]].folded in ENDING:
            open_.pop()
        for _, run in groupby(enumerate(open_), key=lambda pair: pair[1] - pair[0]):
            yield " ".join(self.words[at].raw for _, at in run)
