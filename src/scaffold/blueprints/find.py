"""The search for the blueprint that a person or a record names."""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import UsageError
from ..git import is_ambiguous_url, is_repository, strip_credentials
from .blueprint import Blueprint
from .builtin import BUILTIN_PREFIX, BuiltinBlueprint, list_builtin_names
from .folder import FolderBlueprint
from .repository import RepositoryBlueprint

URL_SHORTCUTS = {"gh:": "https://github.com/", "gl:": "https://gitlab.com/"}
_URL = re.compile(r"(\w[\w+.-]*://|git@|git\+)|.*\.git$|.*\.bundle$")
# Schemes that git handles itself; any other name would start a program of that name.
_SCHEMES = ("https", "http", "ssh", "git", "file", "git+https", "git+http", "git+ssh", "git+file")


def find_blueprint(
    text: str,
    relative_to: Path | None = None,
    *,
    prereleases: bool = False,
    is_prefix: bool = False,
) -> Blueprint:
    """Find the blueprint that a person or a record names.

    Args:
        text: A built-in name, a folder, a git URL, ``gh:owner/repo`` or ``gl:owner/repo``.
        relative_to: The folder for relative paths; None for the working directory.
        prereleases: Whether a pre-release may be the newest version.
        is_prefix: Whether ``gh:owner/`` is all of an owner's, as in the list of trusted sources.

    Raises:
        UsageError: It names nothing that exists.
    """
    _refuse_unsafe_source(text)
    name = text.removeprefix(BUILTIN_PREFIX)
    if name in list_builtin_names():
        return BuiltinBlueprint(name)
    if text.startswith(BUILTIN_PREFIX):
        raise _make_unknown_error(text)
    for prefix, base in URL_SHORTCUTS.items():
        if text.startswith(prefix):
            path = text.removeprefix(prefix).removesuffix(".git")
            if not is_prefix:
                _refuse_incomplete_shortcut(text, path)
            return RepositoryBlueprint(text, f"{base}{path}.git", prereleases=prereleases)
    if _URL.match(text) and not Path(text).expanduser().is_dir():
        url = text.removeprefix("git+")
        bundle = Path(relative_to or ".", url).resolve()
        url = str(bundle) if bundle.is_file() else url
        return RepositoryBlueprint(
            _mark_for_copier(strip_credentials(url)), url, prereleases=prereleases
        )
    folder = Path(relative_to or ".", Path(text).expanduser()).resolve()
    if not folder.is_dir():
        raise _make_unknown_error(text)
    if is_repository(folder):
        return RepositoryBlueprint(str(folder), str(folder), folder, prereleases)
    return FolderBlueprint(folder)


def _refuse_incomplete_shortcut(text: str, path: str) -> None:
    """Refuse a shortcut without owner or name, for which no server need be contacted."""
    if len(list(filter(None, path.split("/")))) < 2:
        prefix = text.partition(":")[0]
        raise UsageError(
            f"{text!r} names no repository",
            f"Give the owner and the name of one, as in {prefix}:owner/repo.",
        )


def _mark_for_copier(url: str) -> str:
    """Mark a URL as git's where Copier needs that, so that its update works too."""
    known = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")
    return url if url.startswith(known) or url.endswith((".git", ".bundle")) else f"git+{url}"


def _refuse_unsafe_source(text: str) -> None:
    """Refuse a source that git, or a program that git starts, takes for a command or an option."""
    address = text.removeprefix("git+")
    scheme = re.match(r"([\w+.-]*)://", text)
    helper = re.match(r"[\w+.-]*::", address)
    option = text.startswith("-") or re.match(r"[\w+.-]*://(?:[^/@]*@)?-|[^/:@]*@-[^/]*:", address)
    if helper or option or (scheme and scheme[1].lower() not in _SCHEMES):
        raise UsageError(
            f"{strip_credentials(text)!r} is not an address of a blueprint",
            "Give a built-in name, a folder, gh:owner/repo, or an https, ssh, git or file URL.",
        )
    if is_ambiguous_url(address):
        raise UsageError(
            f"the server in {strip_credentials(text)!r} is ambiguous",
            "Write a slash in a password as %2F, and remove a colon without a port after it.",
        )


def _make_unknown_error(text: str) -> UsageError:
    import difflib

    close = difflib.get_close_matches(text.removeprefix(BUILTIN_PREFIX), list_builtin_names(), n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return UsageError(
        f"there is no blueprint {text!r}",
        f"{guess}Give a built-in name (see `scaffold list`), a folder, a git URL or gh:owner/repo.",
    )
