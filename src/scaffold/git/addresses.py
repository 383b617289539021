"""Addresses of repositories, and the credentials in them, which stay secret."""

from __future__ import annotations

import os
import re

_URL = re.compile(r"([A-Za-z][\w+.-]*://)([^/?#\s]*)([^\s]*)")
_TELLING = r"[\w.-]*(?:token|secret|passw|pwd|auth|key|sig|cred|jwt|code)[\w.-]*"
_QUERY = re.compile(rf"(?<=[?&])(?:{_TELLING})=[^&#\s'\"]*&?", re.IGNORECASE)


def strip_credentials(url: str) -> str:
    """Remove password, token and the like from a URL, so that it may be recorded and shown.

    The user of ``ssh`` stays: it is not secret, and the address does not work without it.
    """
    match = _URL.fullmatch(url)
    if not match:
        return url
    scheme, authority, rest = match.groups()
    if is_ambiguous_url(url):
        authority, rest = "@", rest.rpartition("@")[2]
    user, at, host = authority.rpartition("@")
    login = user.partition(":")[0]
    kept = f"{login}@" if at and login and "ssh" in scheme.lower() else ""
    return scheme + kept + host + _QUERY.sub("", rest).rstrip("?&")


def is_ambiguous_url(url: str) -> bool:
    """Tell whether a URL seems to hold a password with a slash that is not encoded.

    Programs disagree about its server: ``https://one:/@two/x`` leads git to the first.
    """
    match = _URL.fullmatch(url)
    authority, rest = (match[2], match[3]) if match else ("", "")
    host, colon, port = authority.rpartition(":")
    is_broken = bool(colon) and "@" not in authority and not port.isdigit() and "[" not in host
    return is_broken and "@" in rest


def redact_urls(text: str) -> str:
    """Remove the credentials from every URL in a text."""
    return _URL.sub(lambda match: strip_credentials(match.group()), text)


# The program that git asks for a password; it reads user and password from the environment.
_HELPER = (
    """!f() { printf 'username=%s\\npassword=%s\\n' "$SCAFFOLD_USER" "$SCAFFOLD_PASSWORD"; }; f"""
)


def prepare_access(url: str) -> tuple[str, dict[str, str]]:
    """Split a URL into a clean one for git's command line and variables with the credentials.

    Everyone on the machine sees a password on a command line, and a clone writes it down.
    """
    clean = strip_credentials(url)
    user, password = _parse_login(url)
    if not password:
        return clean, {}
    server = "/".join(clean.split("/")[:3])
    key = f"credential.{server}.helper"
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    number = int(count) if count.isdigit() else 0
    # The empty one removes the user's helpers, which would answer first and store the password.
    added = {f"GIT_CONFIG_KEY_{number + n}": key for n in (0, 1)}
    added |= {f"GIT_CONFIG_VALUE_{number}": "", f"GIT_CONFIG_VALUE_{number + 1}": _HELPER}
    secret = {"SCAFFOLD_USER": user, "SCAFFOLD_PASSWORD": password}
    return clean, {**secret, **added, "GIT_CONFIG_COUNT": str(number + 2)}


def _parse_login(url: str) -> tuple[str, str]:
    """Read user and password from the address of a web server; empty if it has none."""
    match = _URL.fullmatch(url)
    if not match or match[1].lower() not in ("https://", "http://"):
        return "", ""
    from urllib.parse import unquote

    user, colon, password = match[2].rpartition("@")[0].partition(":")
    login = (unquote(user), unquote(password)) if colon else ("", "")
    return login if "".join(login).isprintable() else ("", "")
