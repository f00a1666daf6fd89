"""What actions must know of the installation they run in."""

from msgspec import Struct


class Site(Struct, frozen=True, kw_only=True):
    """The part of the settings that shapes answers; handed over by the composition root.

    `public_url` is the address for links, without a slash at the end. `sends_mail` tells whether a
    mail server is set up. `allow_http_webhooks` and `allow_networks` are what webhooks may call
    beyond https and public addresses. `map_imports` tells which administrators may import maps
    (alone, any or nobody), `map_upload_limit` how many bytes an uploaded extract may have.
    """

    public_url: str = ""
    sends_mail: bool = False
    allow_http_webhooks: bool = False
    allow_networks: tuple[str, ...] = ()
    map_imports: str = "alone"
    map_upload_limit: int = 2_000_000_000
