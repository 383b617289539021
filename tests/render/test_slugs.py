"""Names of packages, from whatever people call their projects."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scaffold import Inputs, create
from scaffold.errors import AnswersError
from scaffold.render.filters import make_slug

LIGHTNING = str(Path(__file__).resolve().parents[2] / "blueprints/lightning")

NAMES = {
    "Müller-Net": "muller_net",
    "Bǿrn Ǽble": "born_aeble",
    "Mu\u0308ller": "muller",  # the same with a mark of its own
    "Straße": "strasse",
    "STRAẞE": "strasse",
    "Smørrebrød": "smorrebrod",
    "Łódź": "lodz",
    "Æther & Œuvre": "aether_oeuvre",
    "Þór Ðavid": "thor_david",
    "\u0130stanbul \u0131\u015f\u0131k": "istanbul_isik",
    "Đà Nẵng": "da_nang",
    "\ufb01ne \uff12\uff10\uff12\uff16": "fine_2026",
    "a--b__c d.e": "a_b_c_d_e",
    "GPT™": "gpttm",
    "数据 net": "net",
    "数据": "",
    "🎉 -": "",
}


@pytest.mark.parametrize(("name", "expected"), NAMES.items())
def test_letters_keep_their_base_and_the_rest_separates(name: str, expected: str) -> None:
    assert make_slug(name) == expected


@given(st.text())
def test_a_slug_is_plain_and_stays_as_it_is(name: str) -> None:
    found = make_slug(name)
    assert re.fullmatch("([a-z0-9]+(_[a-z0-9]+)*)?", found)
    assert make_slug(found) == found


@pytest.mark.parametrize(
    ("folder", "package"),
    [
        ("müller-net", "muller_net"),
        ("Größe", "grosse"),
        ("torch", "my_torch"),
        ("3d-net", "my_3d_net"),
        ("2026", "my_2026"),
        ("9" * 60, "my_" + "9" * 47),
    ],
)
def test_a_project_is_called_after_its_folder(folder: str, package: str, tmp_path: Path) -> None:
    made = create(tmp_path / folder, LIGHTNING, Inputs(defaults=True), dry_run=True)
    assert made.answers["package_name"] == package


@pytest.mark.parametrize(
    ("folder", "missing"), [("数据", ["package_name"]), ("___", ["package_name", "project_name"])]
)
def test_a_name_of_which_nothing_is_left_is_asked_for(
    folder: str, missing: list[str], tmp_path: Path
) -> None:
    with pytest.raises(AnswersError) as caught:
        create(tmp_path / folder, LIGHTNING, Inputs(defaults=True))
    assert sorted(problem.key for problem in caught.value.problems) == missing
    assert "as in my_project" in str(caught.value.problems)
    made = {"project_name": folder if len(missing) == 1 else "Net", "package_name": "shu_ju"}
    result = create(tmp_path / folder, LIGHTNING, Inputs(data=made, defaults=True), dry_run=True)
    assert result.answers["package_name"] == "shu_ju"
