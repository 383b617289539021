"""Addresses of repositories, and the credentials in them, which nobody else may see."""

from __future__ import annotations

import os
import re

_URL = re.compile(r"([A-Za-z][\w+.-]*://)([^/?#\s]*)([^\s]*)")
_TELLING = r"[\w.-]*(?:token|secret|passw|pwd|auth|key|sig|cred|jwt|code)[\w.-]*"
_QUERY = re.compile(rf"(?<=[?&])(?:{_TELLING})=[^&#\s'\"]*&?", re.IGNORECASE)


def without_credentials(url: str) -> str:
    """A URL as it may be recorded and shown: without password, token, or anything like them.

    The user of ``ssh`` stays: it is no secret, and without it nobody gets in.
    """
    match = _URL.fullmatch(url)
    if not match:
        return url
    scheme, authority, rest = match.groups()
    if is_ambiguous(url):
        authority, rest = "@", rest.rpartition("@")[2]
    user, at, host = authority.rpartition("@")
    login = user.partition(":")[0]
    kept = f"{login}@" if at and login and "ssh" in scheme.lower() else ""
    return scheme + kept + host + _QUERY.sub("", rest).rstrip("?&")


def is_ambiguous(url: str) -> bool:
    """Whether a URL holds a password with a slash that nobody encoded, or looks as if it did.

    Programs differ in which machine that is: ``https://one:/@two/x`` leads git to the first.
    """
    match = _URL.fullmatch(url)
    authority, rest = (match[2], match[3]) if match else ("", "")
    host, colon, port = authority.rpartition(":")
    is_broken = bool(colon) and "@" not in authority and not port.isdigit() and "[" not in host
    return is_broken and "@" in rest


def redacted(text: str) -> str:
    """A text in which every URL is without its credentials."""
    return _URL.sub(lambda match: without_credentials(match.group()), text)


# What git asks for a password, where a server wants one; it reads both from the environment.
_HELPER = (
    """!f() { printf 'username=%s\\npassword=%s\\n' "$SCAFFOLD_USER" "$SCAFFOLD_PASSWORD"; }; f"""
)


def authorised(url: str) -> tuple[str, dict[str, str]]:
    """What git is told to reach a URL, and the variables that hold what nobody else may see.

    A password on a command line, git's own or that of what it starts, is seen by everyone on the
    machine, and a clone writes it down.
    """
    clean = without_credentials(url)
    user, password = _login(url)
    if not password:
        return clean, {}
    server = "/".join(clean.split("/")[:3])
    key = f"credential.{server}.helper"
    count = os.environ.get("GIT_CONFIG_COUNT", "")
    number = int(count) if count.isdigit() else 0
    # The empty one forgets the user's helpers, which would answer first, and keep what they hear.
    added = {f"GIT_CONFIG_KEY_{number + n}": key for n in (0, 1)}
    added |= {f"GIT_CONFIG_VALUE_{number}": "", f"GIT_CONFIG_VALUE_{number + 1}": _HELPER}
    secret = {"SCAFFOLD_USER": user, "SCAFFOLD_PASSWORD": password}
    return clean, {**secret, **added, "GIT_CONFIG_COUNT": str(number + 2)}


def _login(url: str) -> tuple[str, str]:
    """The user and the password in an address of a web server."""
    match = _URL.fullmatch(url)
    if not match or match[1].lower() not in ("https://", "http://"):
        return "", ""
    from urllib.parse import unquote

    user, colon, password = match[2].rpartition("@")[0].partition(":")
    login = (unquote(user), unquote(password)) if colon else ("", "")
    return login if "".join(login).isprintable() else ("", "")
