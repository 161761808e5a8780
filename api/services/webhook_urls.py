"""Where a webhook may go: what is no address, and what is inside, is refused with the reason."""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from api.texts import Text

TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv4 addresses as networks without IPv4 write them."""


class UrlRefusedError(ValueError):
    """An address that nothing is sent to; the message says why, for people."""


def read_url(url: str, *, private: bool) -> httpx.URL:
    """Return an address of a receiver.

    Parameters
    ----------
    url
        As a person wrote it.
    private
        Whether it may lack TLS.

    Raises
    ------
    UrlRefusedError
        When it is none.
    """
    try:
        read = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UrlRefusedError(Text.URL_UNREADABLE) from error
    if read.scheme not in {"http", "https"} or not read.host or read.userinfo or read.fragment:
        raise UrlRefusedError(Text.URL_UNREADABLE)
    if read.scheme == "http" and not private:
        raise UrlRefusedError(Text.URL_WITHOUT_TLS)
    return read


async def address_of(url: httpx.URL, *, private: bool) -> str:
    """Return the IP address that a receiver is reached at.

    What is looked up is what is connected to: a name that leads elsewhere a moment later, as a
    hostile name server's can, leads nowhere.

    Raises
    ------
    UrlRefusedError
        When there is none, or one of them is private and may not be.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.host, url.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UrlRefusedError(Text.HOST_UNKNOWN.format(host=url.host)) from error
    addresses = [str(entry[4][0]) for entry in found]
    if not private and not all(map(is_public, addresses)):
        raise UrlRefusedError(Text.HOST_PRIVATE.format(host=url.host))
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the whole internet's, and of one machine.

    Examples
    --------
    >>> [is_public(one) for one in ("93.184.216.34", "10.0.0.1", "169.254.169.254", "::1")]
    [True, False, False, False]
    >>> [is_public(one) for one in ("2606:4700::1111", "::ffff:10.0.0.1", "64:ff9b::a00:1")]
    [True, False, False]
    """
    read: IPv4Address | IPv6Address = ip_address(address)
    if isinstance(read, IPv6Address):
        if read in TRANSLATED:
            read = IPv4Address(int(read) & 0xFFFFFFFF)
        else:
            read = read.ipv4_mapped or read.sixtofour or read
    return read.is_global and not read.is_multicast
