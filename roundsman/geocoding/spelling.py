"""How far two words are apart, and the keys under which near ones meet. Pure.

A word is filed under itself and under every form with one letter left out. Two words that are one
typing error apart (a letter wrong, missing, too much, or two swapped) always share such a key, so a
misspelled word is found by a dozen look-ups and never by comparing it with all others.
Source: the symmetric delete idea of W. Garbe (SymSpell), for one error.
"""

from zlib import crc32

# Words shorter than this are not corrected: everything is one error away from them.
CORRECTED_FROM = 4
_TWO_ERRORS_FROM = 8


def keys(word: str) -> set[int]:
    """Return the numbers under which a word is filed; only itself for a short one or a number."""
    if len(word) < CORRECTED_FROM or word.isdecimal():
        return {crc32(word.encode())}
    return {crc32(form.encode()) for form in forms(word)}


def forms(word: str) -> set[str]:
    """Return a word and what is left of it without each of its letters."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def likeness(asked: str, word: str) -> float:
    """Return how alike two words are: 1 the same, 0 further apart than a slip of the hand."""
    if asked == word:
        return 1.0
    longest = max(len(asked), len(word))
    if min(len(asked), len(word)) < CORRECTED_FROM - 1 or longest < CORRECTED_FROM:
        return 0.0
    most = 2 if longest >= _TWO_ERRORS_FROM else 1
    errors = distance(asked, word, most)
    if errors > most:
        return 0.0
    return 1.0 - (0.06 + 0.6 / longest) * errors


def distance(left: str, right: str, most: int) -> int:
    """Return the number of errors between two words, `most` + 1 for any number above `most`.

    An error is a letter wrong, missing or too much, or two neighbours swapped (optimal string
    alignment).
    """
    if abs(len(left) - len(right)) > most:
        return most + 1
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    left, right = left[start:], right[start:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    if not left or not right:
        return min(most + 1, len(left) + len(right))
    return min(most + 1, _aligned(left, right))


def _aligned(left: str, right: str) -> int:
    before_last: list[int] = []
    last = list(range(len(right) + 1))
    for row, letter in enumerate(left, 1):
        line = [row]
        for column, other in enumerate(right, 1):
            errors = min(
                last[column] + 1, line[column - 1] + 1, last[column - 1] + (letter != other)
            )
            if row > 1 and column > 1 and letter == right[column - 2] and left[row - 2] == other:
                errors = min(errors, before_last[column - 2] + 1)
            line.append(errors)
        before_last, last = last, line
    return last[-1]
