"""Keys, passwords, device tokens, sessions and invitations: only hashes are stored."""

import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from msgspec import Struct

from roundsman.core.errors import BadValue
from roundsman.core.ids import CompanyId, CredentialId

PASSWORD_LEAST = 8
PASSWORD_MOST = 256
SESSION_LIFE = timedelta(days=14)
INVITATION_LIFE = timedelta(days=14)
# OWASP password storage cheat sheet, argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


class Kind(StrEnum):
    """What a secret opens."""

    KEY = "key"
    SESSION = "session"
    INVITATION = "invitation"
    DEVICE = "device"


class Credential(Struct, frozen=True, kw_only=True):
    """A secret as the server knows it: never the secret itself.

    `subject` is the member (keys, sessions, invitations) or the device it stands for; `hint` the
    first characters, shown to administrators.
    """

    id: CredentialId
    company: CompanyId
    kind: Kind
    subject: str
    digest: str
    hint: str
    label: str
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        """Tell whether the secret still opens anything."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def digest(secret: str) -> str:
    """Return the stored form of a random secret.

    Secrets made here carry over 128 bits, so a plain SHA-256 cannot be searched; passwords, which
    people choose, go through `hash_password`.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password (about 20 ms: never inside a transaction).

    BadValue for one that is too short or too long.
    """
    check_password(password)
    return _hasher.hash(password)


def check_password(password: str) -> None:
    """Refuse a password that is too short or too long; BadValue."""
    if len(password) < PASSWORD_LEAST:
        problem = f"The password must have at least {PASSWORD_LEAST} characters."
        raise BadValue(problem, field="password")
    if len(password) > PASSWORD_MOST:
        problem = f"The password may have at most {PASSWORD_MOST} characters."
        raise BadValue(problem, field="password")


def verify_password(stored: str, password: str) -> bool:
    """Tell whether the password belongs to the hash (about 20 ms: never inside a transaction)."""
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


# Verified against when no such user exists, so that the answer takes equally long: the hash of a
# password nobody kept, with the costs above.
NOBODYS_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1"
    "$681M85JHLzc4YdxnZkAnAQ$uHoFHvo4NIba935dOEmXh9uRRFph4P9x0u07CCEazaY"
)


def needs_new_hash(stored: str) -> bool:
    """Tell whether the hash was made with older costs and should be renewed at login."""
    return _hasher.check_needs_rehash(stored)
