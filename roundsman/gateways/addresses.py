"""Which addresses the house may call for its customers. Pure.

A customer names the URL of a webhook, so without this guard the server could be made to call its
own network (server-side request forgery). Only public addresses pass, plus the networks the
operator allowed.
"""

import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx
from msgspec import Struct

from roundsman.core.errors import BadValue

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

URL_LENGTH = 2048
PORT_MOST = 65_535

# `ipaddress` calls some of these global, more in older releases, yet they lead inside or nowhere:
# IPv4 carried in IPv6 (NAT64, 6to4, Teredo, compatible form), 6to4 relays, protocol assignments,
# documentation, segment routing, and the metadata host of a cloud that has a public number.
_INSIDE: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2002::/16",
        "2001::/23",
        "3fff::/20",
        "5f00::/16",
        "::/96",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "168.63.129.16/32",
    )
)


class Outbound(Struct, frozen=True, kw_only=True):
    """What the operator lets the house call beyond https and public addresses."""

    allow_http: bool = False
    networks: tuple[Network, ...] = ()


def outbound(*, allow_http: bool, networks: Iterable[str]) -> Outbound:
    """Return the operator's rules. ValueError for what is no network, such as 10.0.0.1/8."""
    return Outbound(
        allow_http=allow_http, networks=tuple(ip_network(network) for network in networks)
    )


def may_call(address: Address, rules: Outbound) -> bool:
    """Tell whether the house may connect to an address."""
    address = _unwrapped(address)
    if any(address in network for network in rules.networks):
        return True
    if any(address in network for network in _INSIDE):
        return False
    inside = (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_link_local
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )
    return not inside


def _unwrapped(address: Address) -> Address:
    """Return the IPv4 address that a mapped IPv6 one (::ffff:a.b.c.d) stands for."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def check_url(text: str, rules: Outbound, *, field: str = "url") -> httpx.URL:
    """Return the URL to call. BadValue says what is wrong with it.

    Names are resolved, and their addresses checked, only when they are called: they may change.
    """
    if len(text) > URL_LENGTH:
        raise BadValue(f"{field} is longer than {URL_LENGTH} characters.", field=field)
    if any(character.isspace() or not character.isprintable() for character in text):
        raise BadValue(f"{field} must not hold blanks or control characters.", field=field)
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise BadValue(f"{field} is no URL: {error}.", field=field) from error
    schemes = ("https", "http") if rules.allow_http else ("https",)
    if url.scheme not in schemes:
        problem = f"{field} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}."
        if url.scheme == "http":
            problem += " The operator of this server can allow http by ALLOW_HTTP_WEBHOOKS."
        raise BadValue(problem, field=field)
    if not url.host:
        raise BadValue(f"{field} names no host.", field=field)
    if url.userinfo:
        raise BadValue(
            f"{field} must not hold a user name or password; send them in a header.", field=field
        )
    if url.port is not None and not 0 < url.port <= PORT_MOST:
        raise BadValue(f"{field} names port {url.port}.", field=field)
    literal = _literal(url.host)
    if literal is not None and not may_call(literal, rules):
        problem = (
            f"{field} leads to {url.host}, which is no public address."
            " The operator of this server can allow its network by ALLOW_NETWORKS."
        )
        raise BadValue(problem, field=field)
    return url


def _literal(host: str) -> Address | None:
    """Return the address that a host is without being looked up, or None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return ip_address("127.0.0.1")
    try:
        # The old forms that resolvers still take: 2130706433, 0x7f.1, 127.1.
        return IPv4Address(socket.inet_aton(name))
    except (OSError, ValueError):
        return None
