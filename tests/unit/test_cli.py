"""The command line in this process: what it understands, answers and refuses, on both databases."""

from __future__ import annotations

import functools
import io
import sqlite3
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from sqlalchemy import text

from roundsman.accounts import queries
from roundsman.accounts.actions import secrets
from roundsman.accounts.actions.secrets import password_hash_of
from roundsman.accounts.credentials import verify_password
from roundsman.cli import main
from roundsman.commands import accounts
from roundsman.core.ids import CompanyId
from roundsman.settings import PREFIX, read_settings
from roundsman.storage import migrate
from roundsman.storage.database import Db, open_database
from roundsman.storage.dialects import Statement
from roundsman.tracking.queries import devices
from tests.later import LATER, Later
from tests.world import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

type Ask = Callable[..., dict[str, Any]]
type Say = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str) -> None:
    """Point the settings at a fresh database and nothing else."""
    for name in ("BASE_URL", "SMTP_HOST", "HOST", "PORT"):
        monkeypatch.delenv(PREFIX + name, raising=False)
    monkeypatch.setenv(PREFIX + "DATA", str(tmp_path))
    if database.startswith("postgresql"):
        monkeypatch.setenv(PREFIX + "DATABASE_URL", database)


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Return what runs a command: its exit code, output and errors."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def ask(say: Say) -> Ask:
    """Return what runs a command with --json that must succeed, and returns its one object."""

    def run(*words: str) -> dict[str, Any]:
        code, out, err = say(*words, "--json")
        assert (code, err) == (0, "")
        assert out.count("\n") == 1
        said: dict[str, Any] = msgspec.json.decode(out)
        return said

    return run


@pytest.fixture
def db(database: str) -> Iterator[Db]:
    opened = open_database(database)
    yield opened
    opened.close()


@pytest.fixture
def acme(ask: Ask) -> dict[str, Any]:
    return ask("company", "create", "Acme", "--admin", "ada@acme.example")


# --- companies ------------------------------------------------------------------------------------


def test_a_new_company_has_an_administrator_with_a_password_and_a_key(ask: Ask, db: Db) -> None:
    words = ("--admin", "ada@acme.example", "--password", PASSWORD)
    said = ask("company", "create", "Acme", *words, "--timezone", "Europe/Lisbon")
    assert set(said) == {"company", "admin", "api_key", "url"}
    assert said["company"] == {"id": said["company"]["id"], "name": "Acme", "username": "acme"}
    assert said["admin"]["username"] == "ada@acme.example"
    assert said["admin"]["password"] == PASSWORD
    actor = db.read_now(lambda tx: secrets.open_with_key(tx, said["api_key"]))
    assert (actor.company, actor.id) == (said["company"]["id"], said["admin"]["id"])
    assert actor.timezone == "Europe/Lisbon"
    held = db.read_now(lambda tx: password_hash_of(tx, "ada@acme.example"))
    assert held is not None
    assert verify_password(held[2], PASSWORD)


def test_without_a_password_the_invitation_is_shown(ask: Ask, db: Db) -> None:
    said = ask("company", "create", "Acme", "--admin", "ada@acme.example")
    assert said["invitation_mailed"] is False
    assert "password" not in said["admin"]
    url, _, token = said["invitation_url"].rpartition("/")
    assert url == "http://127.0.0.1:8000/invite"
    member, _ = db.read_now(lambda tx: secrets.find_invited(tx, token))
    assert member.username == "ada@acme.example"


def test_links_carry_the_public_address(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + "BASE_URL", "https://fleet.example/")
    said = ask("company", "create", "Acme", "--admin", "ada@acme.example")
    assert said["invitation_url"].startswith("https://fleet.example/invite/")
    device = ask("device", "create", "--member", "ada@acme.example")
    assert device["urls"]["traccar"] == f"https://fleet.example/ingest/osmand/{device['token']}"


def test_with_a_mail_server_the_invitation_is_mailed(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + "SMTP_HOST", "mail.example")
    said = ask("company", "create", "Acme", "--admin", "ada@acme.example")
    assert said["invitation_mailed"] is True


def test_a_dash_reads_the_password_from_input(
    ask: Ask, db: Db, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSWORD + "\n"))
    ask("company", "create", "Acme", "--admin", "ada@acme.example", "--password", "-")
    held = db.read_now(lambda tx: password_hash_of(tx, "ada@acme.example"))
    assert held is not None
    assert verify_password(held[2], PASSWORD)


def test_the_answer_for_people_shows_what_is_shown_only_once(say: Say) -> None:
    code, out, err = say("company", "create", "Acme", "--admin", "ada@acme.example")
    assert (code, err) == (0, "")
    assert "Acme" in out
    assert "API key" in out
    assert "/invite/" in out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("Acme", "--admin", "ada@acme.example"), "username_taken", "is taken on this server"),
        (("Zeta", "--admin", "zoe@zeta.example", "--timezone", "Moon"), "bad_value", "time zone"),
        (("Zeta", "--admin", "zoe@zeta.example", "--password", "short"), "bad_value", "at least 8"),
        (("", "--admin", "zoe@zeta.example"), "bad_value", "needs a name"),
    ],
)
def test_a_company_that_cannot_be_is_refused_in_one_sentence(
    words: tuple[str, ...], code: str, sentence: str, acme: dict[str, Any], say: Say
) -> None:
    del acme
    rc, out, err = say("company", "create", *words)
    assert (rc, out) == (1, "")
    assert sentence in err
    assert err.count("\n") == 1
    rc, out, err = say("company", "create", *words, "--json")
    assert (rc, err) == (1, "")
    assert msgspec.json.decode(out)["error"]["code"] == code


def test_a_refused_company_leaves_nothing(acme: dict[str, Any], say: Say, db: Db) -> None:
    say("company", "create", "Zeta", "--admin", "ada@acme.example")
    assert db.read_now(queries.company_ids) == [acme["company"]["id"]]


# --- members, keys, devices -----------------------------------------------------------------------


def test_a_member_joins_a_company_named_by_id_or_user_name(acme: dict[str, Any], ask: Ask) -> None:
    for company, name in ((acme["company"]["id"], "wanda"), (acme["company"]["username"], "willi")):
        words = ("--company", company, "--name", name.title(), "--username", f"{name}@acme.example")
        said = ask("member", "create", *words)
        assert said["new"] is True
        assert said["member"]["role"] == "worker"
        assert "/invite/" in said["invitation_url"]


def test_a_member_with_a_password_needs_no_invitation(acme: dict[str, Any], ask: Ask) -> None:
    words = ("--name", "Otto", "--username", "otto@acme.example", "--role", "dispatcher")
    said = ask(
        "member", "create", "--company", acme["company"]["id"], *words, "--password", "quiet one"
    )
    assert said["member"]["role"] == "operator"
    assert "invitation_url" not in said


def test_creating_a_member_twice_changes_nothing(acme: dict[str, Any], ask: Ask) -> None:
    words = ("member", "create", "--company", acme["company"]["id"], "--name", "Wanda")
    first = ask(*words, "--username", "wanda@acme.example")
    again = ask(*words, "--username", "Wanda@acme.example", "--role", "admin")
    assert again["new"] is False
    assert again["member"] == first["member"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--company", "nobody", "--username", "w@acme.example"), "unknown_thing"),
        (("--company", "acme", "--username", "w@acme.example", "--role", "king"), "bad_value"),
        (("--company", "acme", "--username", "w@acme.example", "--team", "9"), "bad_value"),
        (("--company", "acme", "--username", "zoe@zeta.example"), "username_taken"),
    ],
)
def test_a_member_that_cannot_be_is_refused(
    words: tuple[str, ...], code: str, acme: dict[str, Any], ask: Ask, say: Say
) -> None:
    del acme
    ask("company", "create", "Zeta", "--admin", "zoe@zeta.example")
    rc, out, _ = say("member", "create", "--name", "W", *words, "--json")
    assert rc == 1
    assert msgspec.json.decode(out)["error"]["code"] == code


def test_a_key_opens_the_api_for_the_member_it_was_made_for(
    acme: dict[str, Any], ask: Ask, db: Db
) -> None:
    by_name = ask("key", "create", "--member", "ada@acme.example", "--label", "ERP")
    by_id = ask("key", "create", "--member", acme["admin"]["id"])
    assert by_name["label"] == "ERP"
    for key in (by_name["api_key"], by_id["api_key"]):
        actor = db.read_now(functools.partial(secrets.open_with_key, secret=key))
        assert actor.id == acme["admin"]["id"]


def test_an_id_that_two_companies_use_asks_for_the_company(
    acme: dict[str, Any], ask: Ask, say: Say, db: Db
) -> None:
    zeta = ask("company", "create", "Zeta", "--admin", "zoe@zeta.example")
    admin = acme["admin"]["id"]

    def double(tx: Any) -> None:
        member = queries.get_member(tx, CompanyId(acme["company"]["id"]), admin)
        queries.save_member(tx, CompanyId(zeta["company"]["id"]), member)

    db.write_now(double)
    rc, _, err = say("key", "create", "--member", admin)
    assert rc == 1
    assert "--company" in err
    said = ask("key", "create", "--member", admin, "--company", "zeta")
    actor = db.read_now(lambda tx: secrets.open_with_key(tx, said["api_key"]))
    assert actor.company == zeta["company"]["id"]


def test_a_device_has_a_token_and_an_address_for_each_app(
    acme: dict[str, Any], ask: Ask, db: Db
) -> None:
    said = ask("device", "create", "--member", "ada@acme.example", "--id", "van-7")
    assert said["device_id"] == "van-7"
    urls = {f"http://127.0.0.1:8000/ingest/osmand/{said['token']}"}
    assert set(said["urls"].values()) == urls
    assert {"traccar", "osmand"} <= set(said["urls"])
    company = CompanyId(acme["company"]["id"])
    found = db.read_now(lambda tx: devices.find(tx, company, "van-7"))
    assert found is not None
    assert found.member == acme["admin"]["id"]


@pytest.mark.parametrize("noun", ["key", "device"])
def test_nobody_gets_a_key_or_device_for_a_stranger(
    noun: str, acme: dict[str, Any], say: Say
) -> None:
    del acme
    rc, _, err = say(noun, "create", "--member", "nobody")
    assert (rc, err) == (1, "No member nobody.\n")


def test_a_member_without_a_name_is_asked_for(say: Say) -> None:
    rc, _, err = say("key", "create", "--member", "")
    assert (rc, err) == (1, "Say whose it is: --member takes a user name or an id.\n")


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("dance",),
        ("company",),
        ("company", "create"),
        ("company", "create", "Acme"),
        ("serve", "--port", "many"),
        ("serve", "--role", "king"),
        ("serve", "--demo", "--speed", "nan"),
        ("demo", "--hours", "-1"),
        ("backup",),
    ],
)
def test_what_is_not_understood_ends_with_2(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage: roundsman" in capsys.readouterr().err


def test_settings_that_cannot_work_are_refused_together(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + "PORT", "99999")
    monkeypatch.setenv(PREFIX + "LOG", "loud")
    rc, _, err = say("migrate")
    assert rc == 1
    assert "ROUNDSMAN_PORT" in err
    assert "ROUNDSMAN_LOG" in err


# --- upkeep ---------------------------------------------------------------------------------------


def test_migrating_a_current_database_changes_nothing(ask: Ask) -> None:
    assert ask("migrate") == {
        "changed": False,
        "from": migrate.newest(),
        "to": migrate.newest(),
    }


def test_migrating_makes_an_embedded_database(ask: Ask, tmp_path: Path, database: str) -> None:
    if database.startswith("postgresql"):
        said = ask("migrate")
        assert said["changed"] is False
        return
    said = ask("migrate", "--data", str(tmp_path / "new"))
    assert said == {"changed": True, "from": "", "to": migrate.newest()}
    assert (tmp_path / "new" / "roundsman.db").exists()


def test_a_backup_brings_everything_back(
    acme: dict[str, Any], ask: Ask, say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "all.backup"
    saved = ask("backup", str(file))
    assert saved["rows"]["company"] == 1
    monkeypatch.delenv(PREFIX + "DATABASE_URL", raising=False)
    new = tmp_path / "new"
    restored = ask("restore", str(file), "--data", str(new))
    assert restored == saved
    settings = read_settings({}, data=new)
    with accounts.opened(settings) as db:
        actor = db.read_now(lambda tx: secrets.open_with_key(tx, acme["api_key"]))
    assert actor.member.username == "ada@acme.example"
    rc, _, err = say("restore", str(file), "--data", str(new))
    assert rc == 1
    assert "Restore into a new, empty database" in err


# --- doctor ---------------------------------------------------------------------------------------


def checks(said: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {one["what"]: one for one in said["checks"]}


def test_the_doctor_finds_a_healthy_installation(ask: Ask) -> None:
    said = ask("doctor")
    assert said["ok"] is True
    found = checks(said)
    assert found["Database"]["state"] == "ok"
    assert migrate.newest() in found["Database"]["found"]
    assert {found[what]["state"] for what in ("Settings", "Data", "Disk", "Clock", "Roads")} == {
        "ok"
    }
    assert found["Mail"]["state"] == "warn"
    assert "ROUNDSMAN_SMTP_HOST" in found["Mail"]["advice"]


def test_the_doctor_says_what_to_do_about_bad_settings(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + "LOG", "loud")
    rc, out, _ = say("doctor")
    assert rc == 1
    assert out.startswith("fail  Settings")
    assert "->" in out


def test_the_doctor_notices_that_phones_cannot_reach_the_address(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + "HOST", "0.0.0.0")  # noqa: S104 - that is what it notices
    found = checks(ask("doctor"))["Settings"]
    assert found["state"] == "warn"
    assert "ROUNDSMAN_BASE_URL" in found["advice"]


def test_the_doctor_fails_on_an_old_schema_of_postgresql_only(
    database: str, tmp_path: Path
) -> None:
    rc, out = Later(tmp_path / "later").run(database, "doctor", "--json")
    found = checks(msgspec.json.decode(out))["Database"]
    if database.startswith("postgresql"):
        assert (rc, found["state"]) == (1, "fail")
        assert "roundsman migrate" in found["advice"]
    else:
        assert (rc, found["state"]) == (0, "warn")
        assert f"raises it to {LATER}" in found["advice"]


def test_the_doctor_fails_on_a_schema_from_the_future(
    say: Say, database: str, tmp_path: Path
) -> None:
    Later(tmp_path / "later").run(database, "migrate")
    rc, out, _ = say("doctor", "--json")
    found = checks(msgspec.json.decode(out))["Database"]
    assert (rc, found["state"]) == (1, "fail")
    assert "newer Roundsman" in found["advice"]


def test_the_doctor_fails_on_a_schema_that_never_was(say: Say, db: Db) -> None:
    never = Statement(text("UPDATE alembic_version SET version_num = '0000'"))
    db.write_now(lambda tx: tx.run(never))
    rc, out, _ = say("doctor", "--json")
    found = checks(msgspec.json.decode(out))["Database"]
    assert (rc, found["state"]) == (1, "fail")
    assert "restore a backup" in found["advice"]


def test_the_doctor_fails_when_the_database_is_away(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + "DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    rc, out, _ = say("doctor", "--json")
    found = checks(msgspec.json.decode(out))["Database"]
    assert (rc, found["state"]) == (1, "fail")
    assert "ROUNDSMAN_DATABASE_URL" in found["advice"]


def test_the_doctor_fails_on_a_damaged_file(
    say: Say, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PREFIX + "DATABASE_URL", raising=False)
    ask("migrate")
    path = tmp_path / "roundsman.db"
    with sqlite3.connect(path) as file:
        (page,) = file.execute("SELECT rootpage FROM sqlite_master WHERE name = 'job'").fetchone()
        (size,) = file.execute("PRAGMA page_size").fetchone()
    file.close()
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    path.write_bytes(content)
    rc, out, _ = say("doctor", "--json")
    assert rc == 1
    assert checks(msgspec.json.decode(out))["File"]["state"] == "fail"


@pytest.mark.parametrize("below", ["", "/below"])
def test_the_doctor_fails_where_a_file_is_in_the_way(below: str, say: Say, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    rc, out, _ = say("doctor", "--data", f"{file}{below}", "--json")
    found = checks(msgspec.json.decode(out))["Data"]
    assert (rc, found["state"]) == (1, "fail")
    assert found["found"] == f"{file} is a file, not a directory"


def test_the_doctor_does_not_send_to_the_doctor(
    say: Say, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PREFIX + "DATABASE_URL", raising=False)
    (tmp_path / "roundsman.db").write_bytes(b"a photo" * 1000)
    rc, out, _ = say("doctor", "--json")
    found = checks(msgspec.json.decode(out))["Database"]
    assert (rc, found["state"]) == (1, "fail")
    assert found["found"] == "The database cannot be used (file is not a database)."
    assert "backup" in found["advice"]


def test_the_doctor_fails_where_nothing_can_be_written(say: Say) -> None:
    rc, out, _ = say("doctor", "--data", "/proc", "--json")
    found = checks(msgspec.json.decode(out))["Data"]
    assert (rc, found["state"]) == (1, "fail")
    assert "--data" in found["advice"]


def test_the_doctor_fails_when_the_mail_server_is_away(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PREFIX + "SMTP_HOST", "127.0.0.1")
    monkeypatch.setenv(PREFIX + "SMTP_PORT", "1")
    rc, out, _ = say("doctor", "--json")
    found = checks(msgspec.json.decode(out))["Mail"]
    assert (rc, found["state"]) == (1, "fail")
    assert "ROUNDSMAN_SMTP_HOST" in found["advice"]
