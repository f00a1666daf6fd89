from pathlib import Path

import pytest

from roundsman.core.errors import BadSettings
from roundsman.settings import Settings, read_settings


def test_nothing_set_is_the_embedded_database_on_this_machine() -> None:
    settings = read_settings({})
    assert settings.url == "sqlite:///data/roundsman.db"
    assert settings.public_url == "http://127.0.0.1:8000"


def test_variables_are_read_by_their_type() -> None:
    settings = read_settings(
        {
            "ROUNDSMAN_DATA": "/srv/fleet",
            "ROUNDSMAN_PORT": "9000",
            "ROUNDSMAN_API_RATE": "2.5",
            "ROUNDSMAN_ALLOW_HTTP_WEBHOOKS": "on",
            "ROUNDSMAN_ALLOW_NETWORKS": "10.0.0.0/8, 192.168.0.0/16",
            "ROUNDSMAN_WEBHOOK_RETRIES_S": "1,2,3",
            "HOME": "/root",
        }
    )
    assert settings == Settings(
        data=Path("/srv/fleet"),
        port=9000,
        api_rate=2.5,
        allow_http_webhooks=True,
        allow_networks=("10.0.0.0/8", "192.168.0.0/16"),
        webhook_retries_s=(1, 2, 3),
    )


def test_the_command_line_goes_before_the_environment() -> None:
    assert read_settings({"ROUNDSMAN_PORT": "9000"}, port=9001, host=None).port == 9001


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush\n")
    settings = read_settings({"ROUNDSMAN_SMTP_PASSWORD_FILE": str(secret)})
    assert settings.smtp_password == secret.read_text().strip()


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(BadSettings) as refusal:
        read_settings(
            {
                "ROUNDSMAN_PORT": "many",
                "ROUNDSMAN_COLOUR": "red",
                "ROUNDSMAN_ROLE": "king",
                "ROUNDSMAN_DATABASE_URL": "mysql://x",
                "ROUNDSMAN_ALLOW_NETWORKS": "everywhere",
                "ROUNDSMAN_SMTP_PASSWORD_FILE": "/nowhere/at/all",
            }
        )
    for name in ("PORT", "COLOUR", "ROLE", "DATABASE_URL", "ALLOW_NETWORKS", "SMTP_PASSWORD_FILE"):
        assert f"ROUNDSMAN_{name}" in refusal.value.message


@pytest.mark.parametrize("name", ["PORT", "HOST", "DATA", "METRICS", "SMTP_PASSWORD_FILE", "NONE"])
def test_a_variable_without_a_value_is_not_set(name: str) -> None:
    assert read_settings({f"ROUNDSMAN_{name}": " "}) == Settings()


def test_a_name_that_is_nearly_right_is_asked_about() -> None:
    with pytest.raises(BadSettings, match="Did you mean ROUNDSMAN_SMTP_HOST"):
        read_settings({"ROUNDSMAN_SMTPHOST": "mail.example"})


def test_a_value_and_a_file_for_it_are_one_too_many(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hush\n")
    given = {"ROUNDSMAN_SMTP_PASSWORD": "hash", "ROUNDSMAN_SMTP_PASSWORD_FILE": str(secret)}
    with pytest.raises(BadSettings, match="keep one"):
        read_settings(given)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "many", "PORT must be a whole number, not 'many'."),
        ("PORT", "-1", "PORT must be between 0 and 65535."),
        ("BODY_LIMIT", "8M", "BODY_LIMIT must be a whole number, not '8M'."),
        ("BODY_LIMIT", "0", "BODY_LIMIT must be between 1024 and 1073741824."),
        ("REQUEST_TIMEOUT_S", "nan", "REQUEST_TIMEOUT_S must be a number, not 'nan'."),
        ("REQUEST_TIMEOUT_S", "0", "REQUEST_TIMEOUT_S must be between 0.1 and 3600."),
        ("API_RATE", "-1", "API_RATE must be between 0 and 1000000."),
        ("API_BURST", "0", "API_BURST must be between 1 and 1000000."),
        ("SMTP_PORT", "0", "SMTP_PORT must be between 1 and 65535."),
        ("SMTP_TLS", "ssl", "SMTP_TLS must be one of none, starttls, tls."),
        ("METRICS", "maybe", "METRICS must be on or off."),
        ("BASE_URL", "fleet.example", "BASE_URL must be an address"),
        ("BASE_URL", "https://", "BASE_URL must be an address"),
        ("BASE_URL", "https://fleet.example:many", "BASE_URL must be an address"),
        ("BASE_URL", "https://fleet.example/?a=b", "BASE_URL must be an address"),
        ("CORS_ORIGINS", "*,fleet.example", "fleet.example must look like https://fleet.example."),
        ("CORS_ORIGINS", "https://fleet.example/", "must look like https://fleet.example."),
        ("ALLOW_NETWORKS", "10.0.0.1/8", "has host bits set. Write it like 10.0.0.0/8."),
        ("WEBHOOK_RETRIES_S", "5,a", "WEBHOOK_RETRIES_S must be a whole number, not 'a'."),
        ("WEBHOOK_RETRIES_S", "5,-1", "WEBHOOK_RETRIES_S must be seconds of 0 or more."),
        ("ROADS_URL", "osrm", "ROADS_URL must be an address such as http://127.0.0.1:5000."),
        ("ROADS_URL", "http://{mode}.example/?a=b", "ROADS_URL must be an address"),
        ("ROADS_SNAP_M", "0", "ROADS_SNAP_M must be between 1 and 100000."),
        ("MAIL_FROM", "nobody", "MAIL_FROM must be a mail address."),
        ("MAIL_FROM", "a@b\nBcc: c@d", "MAIL_FROM must be a mail address."),
        ("SMTP_PASSWORD_FILE", "/", "/ cannot be read (Is a directory)."),
        ("DATA_FILE", "/none", "/none cannot be read (No such file or directory)."),
    ],
)
def test_a_value_that_cannot_work_is_refused_in_words(name: str, value: str, sentence: str) -> None:
    with pytest.raises(BadSettings) as refusal:
        read_settings({f"ROUNDSMAN_{name}": value})
    assert refusal.value.message.startswith(f"ROUNDSMAN_{name}")
    assert sentence in refusal.value.message


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings, match="is no text file"):
        read_settings({"ROUNDSMAN_SMTP_PASSWORD_FILE": str(secret)})


def test_an_empty_host_is_refused() -> None:
    with pytest.raises(BadSettings, match="ROUNDSMAN_HOST must name an address"):
        read_settings({}, host="")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - that is what it is about
        ("::", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("fleet.example", "http://fleet.example:8000"),
    ],
)
def test_the_address_of_the_server_can_be_called(host: str, url: str) -> None:
    assert Settings(host=host).public_url == Settings(host=host).own_url == url
    assert Settings(host=host, base_url="https://a.example/").public_url == "https://a.example"
