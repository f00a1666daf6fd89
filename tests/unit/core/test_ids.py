import re
from datetime import UTC, datetime, timedelta

from roundsman.core.ids import (
    is_template_id,
    new_api_key,
    new_job_id,
    new_short_id,
    new_template_id,
    new_token,
)

NOW = datetime(2026, 1, 5, 7, 0, 0, 123456, tzinfo=UTC)


def test_job_ids_are_24_hex_digits_that_sort_by_time() -> None:
    earlier, later = new_job_id(NOW), new_job_id(NOW + timedelta(microseconds=1))
    assert re.fullmatch(r"[0-9a-f]{24}", earlier)
    assert earlier < later


def test_templates_are_known_by_their_prefix() -> None:
    assert is_template_id(new_template_id(NOW))
    assert not is_template_id(new_job_id(NOW))


def test_keys_have_the_documented_shape() -> None:
    assert re.fullmatch(r"[A-Z0-9]{6}\.[A-Z0-9]{32}", new_api_key())


def test_uids_are_six_lower_case_letters_or_digits() -> None:
    assert all(re.fullmatch(r"[a-z0-9]{6}", new_short_id()) for _ in range(100))


def test_ids_and_secrets_do_not_repeat() -> None:
    assert len({new_job_id(NOW) for _ in range(10_000)}) == 10_000
    assert len({new_token() for _ in range(10_000)}) == 10_000
