"""What may be set, when is tried again, and when is given up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roundsman.core.errors import BadValue
from roundsman.webhooks import rules
from roundsman.webhooks.model import Hook, Result
from roundsman.webhooks.rules import HookWish, Verdict

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
RETRIES_S = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
SECRET = "whsec_c2VjcmV0"  # noqa: S105 - opens nothing


def changed(hook: Hook, **wish: Any) -> Hook:
    return rules.change(hook, HookWish(**wish), new_secret=lambda: SECRET)


# --- settings -------------------------------------------------------------------------------------


def test_a_key_that_is_switched_on_gets_a_secret_and_keeps_it() -> None:
    on = changed(Hook(key="job_created"), url="https://a.example")
    assert on == Hook(key="job_created", url="https://a.example", secret=SECRET)
    again = rules.change(on, HookWish(url="https://b.example"), new_secret=lambda: "another")
    assert again.secret == SECRET


def test_what_is_not_said_stays() -> None:
    hook = Hook(key="k", url="https://a.example", headers={"X-A": "1"}, secret=SECRET)
    assert changed(hook) == hook
    assert changed(hook, url="https://b.example").headers == {"X-A": "1"}
    assert changed(hook, headers={}).headers == {}
    assert changed(hook, url="").headers == {"X-A": "1"}


def test_switching_on_again_forgets_why_it_was_off() -> None:
    hook = Hook(key="k", secret=SECRET, failing_since=NOW, off_because="silent")
    on = changed(hook, url="https://a.example")
    assert (on.off_because, on.failing_since) == ("", None)


def test_only_known_formats_are_taken() -> None:
    assert changed(Hook(key="k"), format="json").format == "json"
    with pytest.raises(BadValue, match="form, json"):
        changed(Hook(key="k"), format="xml")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "x"},
        {"content-length": "3"},
        {"Content-Type": "text/plain"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
        {"Webhook-Id": "x"},
        {"webhook-anything": "x"},
        {"": "x"},
        {"X A": "x"},
        {"X:A": "x"},
        {"Ä": "x"},
        {"X\r\nY": "x"},
        {"X-A": "a\r\nX-B: b"},
        {"X-A": "a\nb"},
        {"X-A": "\x00"},
        {f"X-{number}": "1" for number in range(21)},
        {"X-A": "x" * 4096},
    ],
)
def test_headers_that_must_not_be_sent_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(BadValue):
        rules.checked_headers(headers)


def test_other_headers_are_taken() -> None:
    headers = {"Authorization": "Bearer s3cret", "X_a.b~c": "ü, ö\t", "User-Agent": "mine"}
    assert rules.checked_headers(headers) == headers | {"X_a.b~c": "ü, ö"}
    assert len(rules.checked_headers({f"X-{number}": "1" for number in range(20)})) == 20


def test_an_old_secret_signs_along_for_a_day() -> None:
    before = Hook(key="k", secret="old")  # noqa: S106 - opens nothing
    hook = rules.rotated(before, "new", NOW)
    assert rules.secrets_at(hook, NOW) == ["new", "old"]
    assert rules.secrets_at(hook, NOW + timedelta(hours=23, minutes=59)) == ["new", "old"]
    assert rules.secrets_at(hook, NOW + timedelta(hours=24)) == ["new"]
    assert rules.secrets_at(rules.rotated(Hook(key="k"), "new", NOW), NOW) == ["new"]


# --- after an attempt -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(status: int) -> None:
    assert rules.verdict(Result(status=status), 1, RETRIES_S) is Verdict.DELIVERED


@pytest.mark.parametrize("status", [0, 100, 199, 300, 301, 304, 400, 404, 429, 500, 503, 999])
def test_everything_else_is_a_failure(status: int) -> None:
    assert rules.verdict(Result(status=status), 1, RETRIES_S) is Verdict.AGAIN


def test_410_means_never_again() -> None:
    assert rules.verdict(Result(status=410), 1, RETRIES_S) is Verdict.GONE


def test_after_the_last_retry_it_is_dead() -> None:
    failed = Result(status=500)
    assert rules.verdict(failed, 9, RETRIES_S) is Verdict.AGAIN
    assert rules.verdict(failed, 10, RETRIES_S) is Verdict.DEAD
    assert rules.verdict(failed, 1, ()) is Verdict.DEAD


@pytest.mark.parametrize(("attempts", "wait_s"), list(enumerate(RETRIES_S, 1)))
@given(chance=st.floats(0, 1))
def test_retries_follow_the_schedule_with_up_to_a_fifth_more(
    attempts: int, wait_s: int, chance: float
) -> None:
    due = rules.next_try(NOW, attempts, RETRIES_S, Result(status=500), chance)
    assert timedelta(seconds=wait_s) <= due - NOW <= timedelta(seconds=wait_s * 1.2)


def test_a_receiver_may_ask_for_more_patience_than_the_schedule_has() -> None:
    asked = Result(status=503, pause_until=NOW + timedelta(hours=1))
    assert rules.next_try(NOW, 1, RETRIES_S, asked, 0) == NOW + timedelta(hours=1)
    assert rules.next_try(NOW, 9, RETRIES_S, asked, 0) == NOW + timedelta(hours=24)


@pytest.mark.parametrize(
    ("status", "text", "wait_s"),
    [
        (429, "120", 120),
        (502, "0", 0),
        (503, " 7 ", 7),
        (504, "999999", 86_400),
        (503, "99999999999999999999", 86_400),
        (503, "Mon, 05 Jan 2026 08:10:00 GMT", 600),
        (503, "Mon, 05 Jan 2026 07:00:00 GMT", 0),
        (503, "Fri, 01 Jan 2027 07:00:00 GMT", 86_400),
    ],
)
def test_retry_after_is_seconds_or_a_date_up_to_a_day(status: int, text: str, wait_s: int) -> None:
    assert rules.pause_until(status, text, NOW) == NOW + timedelta(seconds=wait_s)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (503, ""),
        (503, "soon"),
        (503, "-5"),
        (503, "1.5"),
        (503, "Mon, 05 Jan 2026 08:10:00 +99999999999999999999"),
        (503, "Mon, 05 Jan 99999 08:10:00 GMT"),
        (500, "120"),
        (200, "120"),
        (0, "120"),
    ],
)
def test_nonsense_and_other_answers_ask_for_nothing(status: int, text: str) -> None:
    assert rules.pause_until(status, text, NOW) is None


@given(st.text(max_size=60))
def test_no_retry_after_breaks_anything(text: str) -> None:
    until = rules.pause_until(503, text, NOW)
    assert until is None or NOW <= until <= NOW + timedelta(hours=24)


def test_a_key_without_success_for_five_days_is_silent() -> None:
    hook = Hook(key="k", failing_since=NOW)
    assert not rules.is_silent(hook, NOW + timedelta(days=5, seconds=-1))
    assert rules.is_silent(hook, NOW + timedelta(days=5))
    assert not rules.is_silent(Hook(key="k"), NOW)


@pytest.mark.parametrize(
    ("result", "overloaded"),
    [
        (Result(status=503), True),
        (Result(status=429), True),
        (Result(error="timeout"), True),
        (Result(error="connect"), True),
        (Result(status=500), False),
        (Result(status=404), False),
        (Result(error="tls"), False),
    ],
)
def test_a_receiver_that_cannot_follow_gets_one_call_at_a_time(
    result: Result, *, overloaded: bool
) -> None:
    assert rules.is_overloaded(result) is overloaded
