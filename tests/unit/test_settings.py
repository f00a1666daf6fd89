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
