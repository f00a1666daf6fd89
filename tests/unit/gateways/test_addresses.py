"""What the house may call, and what not."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from roundsman.core.errors import BadValue
from roundsman.gateways.addresses import check_url, may_call, outbound

STRICT = outbound(allow_http=False, networks=())
LAN = outbound(allow_http=True, networks=("127.0.0.0/8", "10.1.0.0/16", "fd00:1::/32"))


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "93.184.216.34",
        "1.1.1.1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
        "::ffff:8.8.8.8",
    ],
)
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_call(ip_address(address), STRICT)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - nothing is bound
        "10.0.0.1",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "168.63.129.16",
        "172.16.0.1",
        "192.0.0.192",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_addresses_that_lead_inside_may_not(address: str) -> None:
    assert not may_call(ip_address(address), STRICT)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("::ffff:127.0.0.1", True),
        ("10.1.2.3", True),
        ("10.2.0.1", False),
        ("fd00:1::5", True),
        ("fd00:2::5", False),
        ("169.254.169.254", False),
        ("8.8.8.8", True),
    ],
)
def test_the_operator_can_allow_networks(address: str, *, allowed: bool) -> None:
    assert may_call(ip_address(address), LAN) is allowed


@pytest.mark.parametrize(
    "url",
    [
        "https://erp.example/hook",
        "https://erp.example:8443/hook?key=1",
        "HTTPS://ERP.example",
        "https://müller.example/straße",
        "https://8.8.8.8/x",
        "https://[2606:4700:4700::1111]/x",
    ],
)
def test_public_https_addresses_are_taken(url: str) -> None:
    assert check_url(url, STRICT).scheme == "https"


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://erp.example/hook", "must begin with https://"),
        ("ftp://erp.example/hook", "must begin with https://"),
        ("file:///etc/passwd", "must begin with https://"),
        ("//erp.example/hook", "must begin with https://"),
        ("erp.example/hook", "must begin with https://"),
        ("javascript:alert(1)", "must begin with https://"),
        ("https://", "no host"),
        ("https:///hook", "no host"),
        ("https://user:secret@erp.example/", "header"),
        ("https://erp.example:0/", "port 0"),
        ("https://erp.example:99999/", "port 99999"),
        ("https://erp.example/a b", "blanks"),
        ("https://erp.example/\r\nX: 1", "blanks"),
        ("https://erp.example/" + "x" * 2048, "longer"),
        ("https://127.0.0.1/", "no public address"),
        ("https://127.1/", "no public address"),
        ("https://2130706433/", "no public address"),
        ("https://0x7f.0.0.1/", "no public address"),
        ("https://0177.0.0.1/", "no URL"),
        ("https://[::1]/", "no public address"),
        ("https://[::ffff:10.0.0.1]/", "no public address"),
        ("https://localhost/", "no public address"),
        ("https://LOCALHOST./", "no public address"),
        ("https://metrics.localhost/", "no public address"),
        ("https://169.254.169.254/latest/meta-data/", "no public address"),
    ],
)
def test_what_must_not_be_called_is_refused_with_a_reason(url: str, why: str) -> None:
    with pytest.raises(BadValue, match=why):
        check_url(url, STRICT)


def test_the_operator_can_allow_http() -> None:
    assert check_url("http://127.0.0.1:9000/hook", LAN).port == 9000
    with pytest.raises(BadValue, match="ALLOW_NETWORKS"):
        check_url("http://10.2.0.1/hook", LAN)
    with pytest.raises(BadValue, match="ALLOW_HTTP_WEBHOOKS"):
        check_url("http://erp.example/hook", STRICT)


def test_a_network_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="host bits"):
        outbound(allow_http=False, networks=("10.0.0.1/8",))
