"""Passwords and their hashes."""

from __future__ import annotations

from roundsman.accounts.credentials import (
    NOBODYS_HASH,
    hash_password,
    needs_new_hash,
    verify_password,
)

PASSWORD = "a quiet morning in Vienna"  # noqa: S105 - of nobody


def test_a_password_fits_its_own_hash_only() -> None:
    stored = hash_password(PASSWORD)
    assert verify_password(stored, PASSWORD)
    assert not verify_password(stored, PASSWORD + ".")
    assert stored != hash_password(PASSWORD)


def test_an_unknown_name_takes_as_long_as_a_wrong_password() -> None:
    assert not needs_new_hash(NOBODYS_HASH), "Its costs are not those of today: make a new one."
    assert not verify_password(NOBODYS_HASH, PASSWORD)
