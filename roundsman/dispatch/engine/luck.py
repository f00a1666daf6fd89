"""Repeatable luck for the compiled search: Marsaglia's xorshift generator of 64 bits (2003)."""

from roundsman.dispatch.engine.arrays import Line, compiled


@compiled
def draw(luck: Line) -> float:
    """Return the next number from 0 (included) to 1."""
    x = luck[0]
    x ^= x << 13
    x ^= (x >> 7) & 0x01FFFFFFFFFFFFFF
    x ^= x << 17
    luck[0] = x
    return ((x >> 11) & 0x1FFFFFFFFFFFFF) * (1.0 / 9007199254740992.0)


@compiled
def below(luck: Line, bound: int) -> int:
    """Return a whole number from 0 to below the bound."""
    return int(draw(luck) * bound)
