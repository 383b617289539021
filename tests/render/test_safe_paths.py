"""No rendered path leaves the project or enters a `.git`, whatever it is made of.

Each attack has a canary: a folder beside the project that must stay as it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from scaffold import Inputs, UpdateOptions, create, update
from scaffold.blueprints.folder import FolderBlueprint
from scaffold.errors import ScaffoldError
from scaffold.render.render import render_blueprint

from ..helpers.blueprints_on_disk import repository, run_git
from ..helpers.factories import Content, Files, Link, files_of, tree

RECORD: dict[str, str | bytes] = {
    "{{ _copier_conf.answers_file }}.jinja": "{{ _copier_answers|to_nice_yaml }}\n"
}
WHERE = "{{ where }}"
ANSWERED = "where: {type: str}\n"
SECRET = "hunter2-canary"


def computed(path: str) -> str:
    """A question that nobody is asked, so that the path is the blueprint's own."""
    return f"where: {{type: str, when: false, default: {json.dumps(path)}}}\n"


class Place:
    """A folder to work in, and one beside it that nothing may touch."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outside = tree(root / "outside", {"canary.txt": "alive\n", "data.yml": f"x: {SECRET}"})
        self.work = tree(root / "work", {})
        self.dest = self.work / "demo"

    def new(self, files: Files, **data: str) -> None:
        source = tree(self.root / "blueprint", files)
        create(self.dest, str(source), Inputs(data=data, defaults=True), start_git=False)

    def canary_lives(self) -> bool:
        return files_of(self.outside) == {"canary.txt": "alive\n", "data.yml": f"x: {SECRET}"}

    def is_untouched(self) -> bool:
        beside = {path.name for path in self.root.iterdir()} - {"source"}
        is_alone = beside == {"outside", "work", "blueprint"} and not list(self.work.iterdir())
        return self.canary_lives() and is_alone


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("CANARY_TOKEN", SECRET)
    return Place(tmp_path)


LEAVING = {
    "up": "../outside/x",
    "absolute": "/scaffold-canary",
    "up and down": "a/../../outside/x",
    "up within": "a/../b",
    "up last": "a/..",
    "only up": "..",
    "backslashes": "..\\outside\\x",
    "mixed": "a/..\\..\\x",
    "root of a drive": "\\x",
    "share": "\\\\server\\share\\x",
    "drive": "C:\\x",
    "drive, slash": "C:/x",
    "on a drive": "C:x",
}
ENTERING = {
    "hook": ".git/hooks/post-checkout",
    "upper case": ".GIT/config",
    "mixed case": "a/.Git/config",
    "blank": ".git /config",
    "dot": ".git./config",
    "dots and blanks": ".git . ./config",
    "short name": "git~1/config",
    "other short name": "GIT~3/config",
    "stream": ".git::$INDEX_ALLOCATION/config",
    "other stream": ".git:$I30:$INDEX_ALLOCATION/config",
    "joiner": ".g\u200cit/config",
    "mark": ".gi\u200et/config",
    "byte order": "\ufeff.git/config",
    "backslash": "a\\.git\\config",
    "below": "sub/.git/config",
    "file": ".git",
    "file below": "sub/.git",
}
HOSTILE = {**LEAVING, **ENTERING}
ANSWERS = {name: path for name, path in HOSTILE.items() if name != "byte order"}  # none holds it
REFUSED = r"renders the path .*, which (leaves the project|is in git's own folder)$"


ALL = "_exclude: [copier.yml]\n"  # by itself Copier leaves `.git` out without a word


def blueprint(config: str, name: str = WHERE) -> dict[str, Content]:
    return {"copier.yml": ALL + config, name: "owned\n", "ok.txt": "fine\n", **RECORD}


@pytest.mark.parametrize("path", HOSTILE.values(), ids=HOSTILE)
def test_a_blueprint_renders_no_such_path(place: Place, path: str) -> None:
    with pytest.raises(ScaffoldError, match=REFUSED) as caught:
        place.new(blueprint(computed(path)))
    assert caught.value.exit_code == 1
    assert place.is_untouched()
    assert not Path(LEAVING["absolute"]).exists()


@pytest.mark.parametrize("path", ANSWERS.values(), ids=ANSWERS)
def test_no_answer_makes_such_a_path(place: Place, path: str) -> None:
    with pytest.raises(ScaffoldError, match=REFUSED):
        place.new(blueprint(ANSWERED), where=path)
    assert place.is_untouched()


FINE = (".gitignore", ".github/x", "a/.gitkeep", "...", "a..b", "git", "legit~1x", "ab:c", "-x")


@pytest.mark.parametrize("path", FINE)
def test_what_only_looks_like_it_is_rendered(place: Place, path: str) -> None:
    place.new(blueprint(computed(path)))
    assert (place.dest / path).read_text() == "owned\n"


def test_what_copier_leaves_out_by_itself_is_left_out(place: Place) -> None:
    place.new({**blueprint(""), "copier.yml": computed(".git/hooks/post-checkout")})
    assert set(files_of(place.dest)) == {"ok.txt", ".copier-answers.yml"}
    assert not (place.dest / ".git").exists()


NAMES = ["..\\evil", ".git\\config", "C:evil", ".GIT ", "git~1", ".git::$DATA"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_as_it_lies_in_the_blueprint_is_refused_too(place: Place, name: str) -> None:
    with pytest.raises(ScaffoldError, match="the blueprint renders the path"):
        place.new(blueprint("", name))
    assert place.is_untouched()


def test_a_folder_with_such_a_name_is_refused(place: Place) -> None:
    with pytest.raises(ScaffoldError, match=REFUSED):
        place.new({"copier.yml": computed("../outside/new"), f"{WHERE}/x": "owned\n"})
    assert place.is_untouched()


# ---------------------------------------------------------------- links

PRESERVED = "_preserve_symlinks: true\n"
LINKS: dict[str, Files] = {
    "absolute": {"evil": Link("/etc")},
    "up": {"evil": Link("../outside")},
    "up from below": {"a/evil": Link("../../outside"), "a/x": ""},
    "dangling": {"evil": Link("../outside/new")},
    "to git": {"evil": Link(".git/config")},
    "to git, other case": {"evil": Link(".GIT")},
    "backslashes": {"evil": Link("..\\outside")},
    "drive": {"a/evil": Link("C:\\outside"), "a/x": ""},
    "through another": {"a": Link("d/e/../.."), "d/e": Link("../x"), "x/y": ""},
    "through a folder that is one": {"d": Link("x/y/z"), "x/y/z/f": "", "evil": Link("d/../../..")},
    "file through it": {"a": Link("../outside"), "{{ 'a' }}/x": "owned\n"},
    "file through several": {
        "a": Link("d/e/../../outside"),
        "d/e": Link("../x"),
        "x/y": "",
        "{{ 'a' }}/x": "owned\n",
    },
    "target is rendered": {"evil.jinja": Link("{{ '..' }}/outside")},
    "name is rendered": {"{{ 'evil' }}": Link("../outside")},
    "name leaves": {WHERE: Link("ok.txt")},
    "name enters": {"{{ '.git' }}": Link("ok.txt")},
    "modules": {".gitmodules": Link("ok.txt")},
    "modules, other case": {".GitModules": Link("ok.txt")},
    "modules below": {"sub/.gitmodules": Link("../ok.txt")},
}


@pytest.mark.parametrize("files", LINKS.values(), ids=LINKS)
def test_a_link_leads_nowhere_else(place: Place, files: Files) -> None:
    config = ALL + PRESERVED + computed("../outside/link")
    with pytest.raises(ScaffoldError) as caught:
        place.new({"copier.yml": config, "ok.txt": "fine\n", **files})
    assert caught.value.exit_code == 1
    assert place.is_untouched()


def test_a_link_that_is_followed_brings_nothing_in(place: Place) -> None:
    data = place.outside / "data.yml"
    with pytest.raises(ScaffoldError):
        place.new({"copier.yml": "", "ok.txt": "fine\n", "stolen": Link(str(data))})
    assert place.is_untouched()


def test_a_link_within_the_project_stays(place: Place) -> None:
    files: Files = {"a/b.txt": "b\n", "c/link": Link("../a/b.txt"), "folder": Link("a")}
    place.new({"copier.yml": PRESERVED, **files})
    assert files_of(place.dest) == files


# ---------------------------------------------------------------- repositories in disguise

DISGUISED: dict[str, Files] = {
    "bare": {"sub/HEAD": "x", "sub/config": "x", "sub/objects/x": "", "sub/refs/x": ""},
    "bare, lower case": {"sub/head": "x", "sub/objects/x": "", "sub/refs/x": ""},
    "at the top": {"{{ 'HEAD' }}": "x", "objects/x": "", "refs/x": "", "config": "x"},
    "shared": {"sub/HEAD": "x", "sub/commondir": "../other", "sub/config": "x"},
    "parts in other cases": {"sub/HEAD": "x", "sub/Objects/x": "", "sub/REFS/x": ""},
    "by answers": {"sub/{{ 'HEAD' }}": "x", "sub/{{ 'objects' }}/x": "", "sub/refs/x": ""},
}


@pytest.mark.parametrize("files", DISGUISED.values(), ids=DISGUISED)
def test_no_folder_is_a_repository_in_disguise(place: Place, files: Files) -> None:
    with pytest.raises(ScaffoldError, match="which git takes for a repository"):
        place.new({"copier.yml": "", "ok.txt": "", **files})
    assert place.is_untouched()


# ---------------------------------------------------------------- settings of the blueprint

READ = "{{ _external_data.d.x }}\n"
SETTINGS: dict[str, Files] = {
    "record leaves": {"copier.yml": "_answers_file: ../outside/record.yml\n", **RECORD},
    "record is absolute": {"copier.yml": "_answers_file: /scaffold-record.yml\n", **RECORD},
    "record is computed": {
        "copier.yml": computed("../outside/r.yml") + f"_answers_file: '{WHERE}'\n",
        **RECORD,
    },
    "record enters git": {"copier.yml": "_answers_file: .git/config\n", **RECORD},
    "subdirectory": {"copier.yml": "_subdirectory: ..\n"},
    "subdirectory, absolute": {"copier.yml": "_subdirectory: /etc\n"},
    "subdirectory, computed": {
        "copier.yml": computed("../outside") + f"_subdirectory: '{WHERE}'\n"
    },
    "external data": {
        "copier.yml": "_external_data: {d: ../../outside/data.yml}\n",
        "x.jinja": READ,
    },
    "external data, absolute": {
        "copier.yml": "_external_data: {d: /etc/passwd}\n",
        "x.jinja": READ,
    },
    "external data, home": {
        "copier.yml": "_external_data: {d: ~/../../data.yml}\n",
        "x.jinja": READ,
    },
    "external data of a question": {
        "copier.yml": "_external_data: {d: ../../outside/data.yml}\n"
        "x: {type: str, default: '{{ _external_data.d.x }}'}\n",
        "y.jinja": "{{ x }}\n",
    },
    "excluded but not": {
        "copier.yml": computed("../outside/x") + "_exclude: ['*', '!ok.txt', '!*/x']\n",
        WHERE: "owned\n",
    },
    "excluded, computed": {
        "copier.yml": computed("../outside/x") + "_exclude: ['{{ \"nothing\" }}']\n",
        WHERE: "owned\n",
    },
}


@pytest.mark.parametrize("files", SETTINGS.values(), ids=SETTINGS)
def test_no_setting_opens_a_way(place: Place, files: Files) -> None:
    with pytest.raises(ScaffoldError) as caught:
        place.new({"ok.txt": "fine\n", **files})
    assert SECRET not in f"{caught.value} {caught.value.details}"
    assert place.is_untouched()
    assert not Path("/scaffold-record.yml").exists()


# ---------------------------------------------------------------- expressions

ESCAPES = {
    "include": "{% include '/etc/passwd' %}",
    "include, up": "{% include '../outside/data.yml' %}",
    "include, link": "{% include 'stolen' %}",
    "import": "{% import '../outside/data.yml' as x %}{{ x }}",
    "extends": "{% extends '/etc/passwd' %}",
    "class": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "class by filter": "{{ ''|attr('__class__') }}",
    "class by item": "{{ ''['__class__']['__mro__'] }}",
    "class by map": "{{ ['']|map(attribute='__class__')|list|first }}",
    "class by format": "{{ '{0.__class__}'.format('') }}",
    "class by format_map": "{{ '{x.__class__}'.format_map({'x': ''}) }}",
    "class by format, bound": "{% set f = '{0.__class__.__init__}'.format %}{{ f('') }}",
    "globals of cycler": "{{ cycler.__init__.__globals__.os }}",
    "globals of joiner": "{{ joiner.__init__.__globals__ }}",
    "globals of lipsum": "{{ lipsum.__globals__ }}",
    "globals of namespace": "{{ namespace.__init__.__globals__ }}",
    "globals of a macro": "{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}",
    "self": "{{ self.__init__.__globals__ }}",
    "self, private": "{{ self._TemplateReference__context.environment.loader.searchpath }}",
    "answers": "{{ _copier_answers.__init__.__globals__ }}",
    "conf": "{{ _copier_conf.__class__ }}",
    "path of conf": "{{ _copier_conf.dst_path.__class__ }}",
    "file of path": "{{ _copier_conf.dst_path.read_text() }}",
    "file beside": "{{ (_copier_conf.dst_path / '../../outside/data.yml').read_text() }}",
    "write beside": "{{ (_copier_conf.dst_path / '../../outside/new').write_text('owned') }}",
    "folder beside": "{{ (_copier_conf.dst_path / '../../outside/new').mkdir() }}",
    "list beside": "{% for x in (_copier_conf.dst_path / '../../outside').iterdir() %}{{ x }}"
    "{% endfor %}",
    "remove beside": "{{ (_copier_conf.dst_path / '../../outside/canary.txt').unlink() }}",
    "file of source": "{{ (_copier_conf.src_path / '../../outside/data.yml').read_text() }}",
    "parser of path": "{{ _copier_conf.dst_path.parser }}",
    "flavour of path": "{{ _copier_conf.dst_path._flavour }}",
    "frame": "{{ (namespace|attr('gi_frame')) }}",
    "ansible fileglob": "{{ '/etc/pass*'|fileglob }}",
    "ansible lookup": "{{ lookup('file', '/etc/passwd') }}",
    "ansible expandvars": "{{ '$CANARY_TOKEN'|expandvars }}",
    "ansible expandvars, braces": "{{ '${CANARY_TOKEN}'|expandvars }}",
    "ansible expandvars, list": "{{ ['$CANARY_TOKEN']|map('expandvars')|list }}",
}
TELLING = ("root:", SECRET, "<class", "<function", "<module", "/canary", "passwd-", "built-in")


def test_what_tells_no_secret_is_expanded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada")
    place.new({"copier.yml": "q: \"{{ '$USER $NO_SUCH'|expandvars }}\"\n", "x.jinja": "{{ q }}"})
    assert (place.dest / "x").read_text() == "ada $NO_SUCH"


def _given_away(text: str) -> list[str]:
    return [word for word in TELLING if word in text]


@pytest.mark.parametrize("expression", ESCAPES.values(), ids=ESCAPES)
@pytest.mark.parametrize("place_of_it", ["file", "question"])
def test_an_expression_reads_and_writes_nothing_else(
    place: Place, expression: str, place_of_it: str
) -> None:
    in_file = place_of_it == "file"
    config = PRESERVED + "_exclude: [stolen]\n"
    config += "" if in_file else f"q: {{type: str, default: {json.dumps(expression)}}}\n"
    files: dict[str, Content] = {"copier.yml": config, "ok.txt": "fine\n"}
    files["x.txt.jinja"] = expression if in_file else "{{ q }}\n"
    try:
        place.new({**files, "stolen": Link(str(place.outside / "data.yml"))})
    except ScaffoldError as error:
        assert not _given_away(str(error))
        assert place.is_untouched()
    else:
        assert not _given_away((place.dest / "x.txt").read_text())
        assert place.canary_lives()


# ---------------------------------------------------------------- updates

Version = dict[str, str | bytes]
GOOD: Version = {"copier.yml": "", "ok.txt": "fine\n", **RECORD}
BAD: dict[str, Version] = {
    "leaves": {"copier.yml": ALL + computed("../outside/x"), WHERE: "owned\n"},
    "enters": {"copier.yml": ALL + computed(".git/hooks/pre-commit"), WHERE: "owned\n"},
    "enters, other case": {"copier.yml": computed("sub/.GIT/config"), WHERE: "owned\n"},
    "disguise": {"sub/HEAD": "x", "sub/{{ 'objects' }}/x": "x", "sub/refs/x": "x"},
    "external": {"copier.yml": "_external_data: {d: ../../outside/data.yml}\n", "x.jinja": READ},
    "include": {"x.jinja": "{% include '/etc/passwd' %}"},
}


class Updated:
    """A project of a good version; the blueprint has a bad one, too."""

    def __init__(self, place: Place, bad: Version, first: str) -> None:
        self.place = place
        versions = {"v1.0.0": GOOD, "v2.0.0": GOOD | bad}
        other = {"v1.0.0": GOOD | bad, "v2.0.0": GOOD}
        source = repository(place.root / "source", versions if first == "good" else other)
        good = "v1.0.0" if first == "good" else "v2.0.0"
        create(place.dest, str(source), Inputs(defaults=True), version=good)
        if first == "bad":
            self._pretend("v1.0.0", run_git("rev-parse", "v1.0.0", cwd=source))
        self.before = self.everything()

    def _pretend(self, version: str, commit: str) -> None:
        record = self.place.dest / ".copier-answers.yml"
        known = yaml.safe_load(record.read_text())
        known |= {"_commit": version, "_commit_id": commit}
        record.write_text(yaml.safe_dump(known))
        run_git("commit", "-qam", "pretend", cwd=self.place.dest)

    def everything(self) -> Mapping[str, bytes]:
        """All files of the project and of its git directory, but for scaffold's own state."""
        files = (path for path in self.place.dest.rglob("*") if path.is_file())
        return {str(p): p.read_bytes() for p in files if "scaffold" not in p.parts}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
@pytest.mark.parametrize("first", ["good", "bad"])
def test_no_version_of_an_update_reaches_further(place: Place, bad: Version, first: str) -> None:
    made = Updated(place, bad, first)
    with pytest.raises(ScaffoldError) as caught:
        update(place.dest, Inputs(defaults=True), UpdateOptions())
    assert caught.value.exit_code == 1
    assert SECRET not in str(caught.value)
    assert made.everything() == made.before
    assert place.canary_lives()


def test_a_link_that_a_version_brings_leads_nowhere_else(place: Place) -> None:
    made = repository(place.root / "source", {"v1.0.0": {"copier.yml": PRESERVED, **GOOD}})
    create(place.dest, str(made), Inputs(defaults=True))
    tree(made, {"copier.yml": PRESERVED, "evil": Link("../../outside")})
    run_git("add", "-A", cwd=made)
    run_git("commit", "-qm", "2", cwd=made)
    run_git("tag", "v2.0.0", cwd=made)
    with pytest.raises(ScaffoldError, match="renders a link 'evil'"):
        update(place.dest, Inputs(defaults=True), UpdateOptions())
    assert not (place.dest / "evil").is_symlink()


def test_nothing_is_written_through_a_link_of_the_user(place: Place) -> None:
    old, new = {**GOOD, "docs/a.txt": "old\n"}, {**GOOD, "docs/a.txt": "new\n", "docs/b.txt": ""}
    source = repository(place.root / "source", {"v1.0.0": old, "v2.0.0": new})
    create(place.dest, str(source), Inputs(defaults=True), version="v1.0.0")
    (place.dest / "docs/a.txt").unlink()
    (place.dest / "docs").rmdir()
    (place.dest / "docs").symlink_to(place.outside)
    run_git("add", "-A", cwd=place.dest)
    run_git("commit", "-qm", "link", cwd=place.dest)
    with suppress(ScaffoldError):
        update(place.dest, Inputs(defaults=True), UpdateOptions())
    assert place.canary_lives()
    assert (place.dest / "docs").is_symlink() or not (place.dest / "docs/canary.txt").exists()


# ---------------------------------------------------------------- what may


def test_a_link_through_another_that_comes_later_stays(place: Place) -> None:
    files: Files = {"a": Link("z/up"), "z/up": Link("../ok.txt"), "ok.txt": ""}
    place.new({"copier.yml": PRESERVED, **files})
    assert (place.dest / "a").resolve() == place.dest / "ok.txt"


def test_who_trusts_a_blueprint_lets_its_links_lead_out(place: Place) -> None:
    source = tree(place.root / "blueprint", {"copier.yml": PRESERVED, "evil": Link("../outside")})
    with FolderBlueprint(source).open() as opened:
        with pytest.raises(ScaffoldError):
            render_blueprint(opened, {}, place.work / "bounded")
        render_blueprint(opened, {}, place.dest, trust=True)
    assert (place.dest / "evil").is_symlink()
