"""Renames of small files that git does not see: what counts as the same file."""

from __future__ import annotations

import pytest

from scaffold.merge.git_commands import Listing, TreeEntry
from scaffold.merge.renames import MAX_SMALL_BYTES, find_small_renames

pytestmark = pytest.mark.unit

OLD = "one\ntwo\nthree\nfour\nfive\n"
HALF = "one\ntwo\nthree\nRED QUAIL\nBIG GULL\nMAD OWL\n"
LONG = "x" * (MAX_SMALL_BYTES + 1)


def listing(path: str, text: str) -> Listing:
    return {path: TreeEntry("100644", text)}


@pytest.mark.parametrize(
    ("old", "was", "new", "became", "found"),
    [
        pytest.param("x.cfg", OLD, "y.cfg", OLD + "six\n", True, id="edited"),
        pytest.param("a/x.cfg", OLD, "b/x.cfg", HALF, True, id="half of it, same name"),
        pytest.param("a/x.cfg", OLD, "b/y.cfg", HALF, False, id="half of it, other name"),
        pytest.param("x.cfg", OLD, "x.ini", OLD + "six\n", False, id="other suffix"),
        pytest.param("x.cfg", LONG, "y.cfg", LONG + "x", False, id="long, so git's"),
        pytest.param("x.cfg", LONG[1:], "y.cfg", LONG, True, id="just short enough"),
        pytest.param("x.cfg", LONG[1:], "y.cfg", LONG * 2, False, id="grown to twice the length"),
        pytest.param("x.cfg", "", "y.cfg", "", False, id="empty"),
    ],
)
def test_a_small_file_is_followed(old: str, was: str, new: str, became: str, found: bool) -> None:
    renames = find_small_renames(
        listing(old, was),
        listing(new, became),
        listing(old, "changed by the other side\n"),
        lambda ids: {text: text.encode() for text in ids},
    )
    assert renames == ({old: new} if found else {})
