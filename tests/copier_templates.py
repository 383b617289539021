"""A corpus of Copier templates, each of which uses one feature of Copier, some many together.

All are made on disk by a test: most are folders, those that need versions are git repositories.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .blueprints_on_disk import run_git
from .factories import Content, Link, Program, tree

RECORD = {"{{ _copier_conf.answers_file }}.jinja": "# Kept.\n{{ _copier_answers|to_nice_yaml -}}\n"}
SUFFIXES = {"a.txt.jinja": "{{ name }}\n", "a.txt.tmpl": "{{ name }}\n", "b.txt": "{{ name }}\n"}
NAME = "name: {type: str, default: demo}\n"
STRICT = "_envops: {undefined: jinja2.StrictUndefined}\n"
WHEN = """\
kind: {type: str, choices: [library, tool], default: tool}
never: {type: str, default: n, when: false}
always: {type: str, default: a, when: true}
tool_name: {type: str, default: "{{ kind }}-x", when: "{{ kind == 'tool' }}"}
library_name: {type: str, default: "{{ kind }}-y", when: "{{ kind == 'library' }}"}
no_default: {type: str, when: "{{ kind == 'library' }}"}
word_false: {type: str, default: z, when: "no"}
word_true: {type: str, default: z, when: "yes"}
empty: {type: str, default: z, when: "{{ undefined_name }}"}
"""
EVERYTHING = """\
_min_copier_version: "9.0.0"
_subdirectory: "[[ kind ]]"
_templates_suffix: .j2
_answers_file: ".answers/[[ slug ]].yml"
_exclude: ["*.bak", "[% if not docs %]docs[% endif %]", "!keep.bak"]
_skip_if_exists: [README.md]
_envops:
  block_start_string: "[%"
  block_end_string: "%]"
  variable_start_string: "[["
  variable_end_string: "]]"
  comment_start_string: "[#"
  comment_end_string: "#]"
  trim_blocks: true
  lstrip_blocks: true
  undefined: jinja2.StrictUndefined
_message_before_copy: "Making [[ _folder_name ]]"
_message_after_copy: "Made [[ project ]]"
_secret_questions: [token]
---
!include questions/1.yml
---
!include questions/2.yml
---
slug:
  type: str
  default: "[[ project|lower|replace(' ', '-') ]]"
  when: false
token: {type: str, default: t0ken, help: "Of [[ project ]]"}
"""


def seen(*names: str) -> dict[str, str]:
    """A file that shows what a template sees of some answers."""
    lines = [f"{name} = {{{{ {name}|default('unset', false)|to_json }}}}" for name in names]
    return {"seen.txt.jinja": "\n".join(lines) + "\n"}


@dataclass(frozen=True)
class Template:
    """A Copier template and how it is rendered.

    Attributes:
        name: What it shows.
        files: Its files, for a folder or the newest version of a repository.
        answers: The answers file.
        trust: Whether its code may run.
        tags: The tags of its only commit; None for a folder that is no repository.
        ref: The version that is asked for.
        build: Makes it in a folder, instead of files; gives what the folder's source is called.
    """

    name: str
    files: Mapping[str, Content] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    trust: bool = False
    tags: tuple[str, ...] | None = None
    ref: str | None = None
    build: Callable[[Path], Path] | None = None

    def make(self, root: Path) -> str:
        """Make it in a new folder; returns its source."""
        if self.build:
            return str(self.build(root))
        tree(root, self.files)
        if self.tags is not None:
            commit(root, *self.tags)
        return str(root)


def commit(root: Path, *tags: str) -> Path:
    """Commit all files of a folder, which becomes a repository, and tag the commit."""
    if not (root / ".git").exists():
        run_git("init", "-q", "-b", "main", cwd=root)
    run_git("add", "-A", cwd=root)
    run_git("commit", "-q", "--allow-empty", "-m", "version", cwd=root)
    for tag in tags:
        run_git("tag", tag, cwd=root)
    return root


def questions(name: str, config: str, /, *names: str, **answers: Any) -> Template:
    """A template of questions only, which shows the values of some."""
    return Template(name, {"copier.yml": config, **seen(*names), **RECORD}, answers)


def plain(name: str, config: str, files: Mapping[str, Content], /, **answers: Any) -> Template:
    """A template of some files beside its questions and record."""
    return Template(name, {"copier.yml": config, **RECORD, **files}, answers)


QUESTIONS = [
    questions(
        "types",
        "s: {type: str, default: text}\ni: {type: int, default: 3}\n"
        "f: {type: float, default: 2.5}\nb: {type: bool, default: true}\n"
        "p: {type: path, default: a/b}\nj: {type: json, default: '{\"k\": [1, null]}'}\n"
        "y: {type: yaml, default: '[1, {k: v}]'}\n",
        *"sifbpjy",
    ),
    questions(
        "types-given",
        "s: {type: str}\ni: {type: int}\nf: {type: float}\nb: {type: bool}\np: {type: path}\n"
        "j: {type: json}\ny: {type: yaml}\n",
        *"sifbpjy",
        **{"y": {"k": [True, None]}, "j": [1, "two"], "p": "x y", "b": False, "f": 1e-10},
        **{"i": -4, "s": "É ☃ 'q' \"d\""},
    ),
    questions(
        "short-form",
        "s: text\ni: 3\nf: 1e-10\ng: 1.0e-10\nb: yes\nn: null\ntilde: ~\nl: [1, two]\n"
        "d: {default: {k: v}}\njinja: '{{ s }}{{ i + 1 }}'\n",
        *("s", "i", "f", "g", "b", "n", "tilde", "l", "d", "jinja"),
    ),
    questions(
        "yaml-oddities",
        "norway: {type: str, default: 'no'}\noctal: {type: int, default: 010}\n"
        "sexagesimal: 1:30\nversion: {type: str, default: 3.10}\nquoted: '3.10'\n"
        "on_off: {type: bool, default: 'off'}\nnumber_text: {type: str, default: 1.50}\n"
        "bool_text: {type: str, default: true}\nunder: 1_000\nhexa: 0x1F\ninfinite: .inf\n"
        "big: {type: int, default: 123456789012345678901234567890}\ntiny: {type: float, "
        "default: 1e-10}\ndate: 2024-02-29\nblock: |\n  two\n  lines\nfold: >-\n  one\n  line\n",
        *("norway", "octal", "sexagesimal", "version", "quoted", "on_off", "number_text"),
        *("bool_text", "under", "hexa", "big", "tiny", "block", "fold"),
    ),
    questions(
        "dates",
        "day: 2024-02-29\nstamp: {type: yaml, default: 2024-02-29 12:30:00}\n"
        "when_: {type: yaml, choices: [2024-01-01, 2025-01-01], default: 2025-01-01}\n"
        "as_text: {type: str, default: '{{ day.year }}'}\n",
        "as_text",
    ),
    questions(
        "choices",
        "l: {type: str, choices: [a, b], default: b}\n"
        "m: {type: int, choices: {One: 1, Two: 2}, default: 2}\n"
        "p: {type: float, choices: [[Half, 0.5], [Whole, 1]], default: 1}\n"
        "j: {type: str, choices: '[x, \"{{ l }}\"]', default: b}\n"
        'k: {type: yaml, choices: \'{{ {"Left": [1], "Right": [2]}|to_yaml }}\', default: [2]}\n'
        "untyped: {choices: [3.10, three, null], default: three}\n"
        "numbers: {type: str, choices: [3.9, 3.11], default: '3.9'}\n"
        "flags: {type: bool, choices: {Yes: true, No: false}, default: false}\n",
        *("l", "m", "p", "j", "k", "untyped", "numbers", "flags"),
        m=1,
        untyped="3.1",
    ),
    questions(
        "choices-disabled",
        "old: {type: bool, default: false}\n"
        "a:\n  type: str\n  default: new\n  choices:\n    Old: {value: old, validator: "
        '"{% if not old %}Too old{% endif %}"}\n    New: new\n'
        "b:\n  type: str\n  default: y\n  choices:\n    - [X, {value: x, validator: never}]\n"
        "    - [Y, {value: y}]\n",
        "a",
        "b",
    ),
    questions(
        "multiselect",
        "l: {type: str, multiselect: true, choices: [a, b, c], default: [c, a]}\n"
        "none: {type: str, multiselect: true, choices: [a, b, c], default: []}\n"
        "m: {type: int, multiselect: true, choices: {One: 1, Two: 2, Three: 3}, default: [3, 1]}\n"
        "p: {type: str, multiselect: true, choices: [[A, a], [B, b]], default: \"['b']\"}\n"
        "j: {type: str, multiselect: true, choices: '{{ l|to_yaml }}', default: '{{ l }}'}\n"
        "y: {type: yaml, multiselect: true, choices: [{k: 1}, [Two, [2]], x], default: [x, {k: 1}]}\n"
        "d:\n  type: str\n  multiselect: true\n  default: [b]\n  choices:\n"
        "    A: {value: a, validator: gone}\n    B: {value: b}\n",
        *("l", "none", "m", "p", "j", "y", "d"),
        l=["b", "a"],
    ),
    questions("when", WHEN, "never", "always", "tool_name", "library_name", "word_false"),
    questions(
        "when-other",
        WHEN,
        *("kind", "tool_name", "library_name", "no_default"),
        kind="library",
        no_default="given",
    ),
    questions(
        "computed",
        "name: {type: str, default: My Tool}\n"
        "slug: {type: str, default: \"{{ name|lower|replace(' ', '_') }}\", when: false}\n"
        "count: {type: int, default: '{{ slug|length }}', when: false}\n"
        "parts: {type: yaml, default: \"{{ slug.split('_') }}\", when: false}\n"
        "flag: {type: bool, default: \"{{ 'tool' in slug }}\", when: false}\n"
        "chosen: {type: str, default: b, choices: [a, b], when: false}\n"
        "module: {type: str, default: '{{ slug }}.{{ parts|last }}'}\n",
        *("slug", "count", "parts", "flag", "chosen", "module"),
        name="Other Thing",
    ),
    questions(
        "computed-before-asked",
        "early: {type: str, default: \"{{ late|default('unknown') }}\", when: false}\n"
        'hidden: {type: str, default: h, when: "{{ late is defined }}"}\n'
        "middle: {type: str, default: \"{{ late|default('not yet') }}\"}\n"
        "late: {type: str, default: now known}\n",
        *("early", "hidden", "middle", "late"),
    ),
    questions(
        "unset",
        "a: {type: bool, default: true}\n"
        "b: {type: str, default: \"{{ 'x' if a else UNSET }}\"}\n"
        "c: {type: str, default: \"{{ UNSET if a else 'x' }}\", when: '{{ not a }}'}\n"
        "d: {type: str, default: \"{{ UNSET if a else 'x' }}\"}\n",
        *"abcd",
        d="given",
    ),
    questions(
        "validators",
        "port: {type: int, default: 80, validator: '{% if port < 1 %}too low{% endif %}'}\n"
        "name: {type: str, default: abc, validator: \"{% if not (name|regex_search('^[a-z]+$'))"
        ' %}letters only{% endif %}"}\n'
        "hidden: {type: str, default: BAD, when: false, validator: 'always wrong'}\n"
        "secret: {type: str, default: BAD, secret: true, validator: "
        "\"{% if secret == 'BAD' %}wrong{% endif %}\"}\n",
        *("port", "name", "hidden"),
        secret="good",
        port=8080,
    ),
    questions(
        "secrets",
        "_secret_questions: [token]\ntoken: {type: str, default: t}\n"
        "password: {type: str, secret: true, default: p}\n"
        "both: {type: yaml, secret: true, default: [1]}\nshown: '{{ token }}{{ password }}'\n",
        *("token", "password", "both", "shown"),
        password="word",
    ),
    questions(
        "wording",
        "name:\n  type: str\n  default: n\n  help: |\n    The name.\n    {{ _folder_name }}\n"
        "  placeholder: 'like {{ _folder_name }}'\n  qmark: '>'\n"
        "text: {type: str, multiline: true, default: \"one\\ntwo\\n\", help: '{{ name }}?'}\n"
        "more: {type: yaml, multiline: \"{{ name == 'n' }}\", default: {a: 1}}\n"
        "skipped: {type: str, default: s, ask: false}\nunset: {type: str, ask: false}\n",
        *("name", "text", "more", "skipped", "unset"),
        text="three\nfour",
    ),
    questions(
        "jinja-everywhere",
        "kind: {type: str, default: int}\nlow: 1\n"
        "value: {type: '{{ kind }}', default: '{{ low + 1 }}', help: '{{ low }}'}\n"
        "pick:\n  type: str\n  default: '{{ value }}'\n  choices:\n"
        "    '{{ low }} is low': '{{ low }}'\n    '{{ value }} it is': '{{ value }}'\n"
        'names: {type: yaml, default: "{% for n in range(3) %}- n{{ n }}\\n{% endfor %}"}\n'
        "where: {type: path, default: \"{{ pathjoin('a', 'b', names[0]) }}\"}\n",
        *("value", "pick", "names", "where"),
    ),
    questions(
        "names-of-settings",
        "exclude: [x]\ntasks: {type: str, default: none}\nsubdirectory: sub\nenvops: {default: e}\n"
        "templates_suffix: .x\nanswers_file: file\nsecret_questions: 1\nanswers: 5\n",
        *("exclude", "tasks", "subdirectory", "envops", "templates_suffix", "answers_file"),
        tasks="some",
    ),
    questions(
        "whole-config-lenient",
        "a: {type: str, default: 1, when: 1}\nb: {type: str, default: x, when: 0}\n"
        "c: {type: '', default: 3}\nd: {type: str, default: x, secret: 'yes'}\n"
        "e: {type: str, default: [b], choices: [a, b], multiselect: 'true'}\n",
        *"abcde",
    ),
    questions(
        "null-choice",
        "a: {type: yaml, default: None, choices: {None: null, Some: some}}\n"
        "b: {type: str, default: Nothing, choices: [[Nothing, null], [Some, some]]}\n",
        *"ab",
    ),
    questions(
        "line-ends-in-questions",
        'a: {type: str, default: "x\\r\\ny"}\nb: {type: str, default: "x\\ny\\n"}\n'
        'c: {type: yaml, default: "- 1\\r\\n- 2\\r\\n"}\n',
        *"abc",
    ),
    questions(
        "order-of-answers",
        "first: 1\nsecond: 2\nthird: 3\nfourth: 4\nraw: {type: yaml, default: "
        '"{{ _copier_answers|list|to_json }}"}\n',
        *("first", "raw"),
        fourth=40,
        second=20,
    ),
]

SETTINGS = [
    plain(
        "envops-delimiters",
        "_envops: {block_start_string: '<%', block_end_string: '%>', variable_start_string: '<<',"
        " variable_end_string: '>>', comment_start_string: '<#', comment_end_string: '#>'}\n"
        "name: {type: str, default: demo}\nmore: '<< name >>{{ name }}'\n",
        {
            "<< name >>.txt.jinja": "<< name >> {{ name }} <% if name %>yes<% endif %><# no #>\n",
            "<< _copier_conf.answers_file >>.jinja": "<< _copier_answers|to_nice_yaml >>\n",
        },
    ),
    plain(
        "envops-whitespace",
        "_envops: {trim_blocks: true, lstrip_blocks: true, keep_trailing_newline: false}\n"
        'name: "demo\\n"\n',
        {"a.txt.jinja": "  {% if name %}\n[{{ name }}]\n  {% endif %}\nend\n"},
    ),
    plain(
        "envops-lines",
        "_envops: {line_statement_prefix: '%%', line_comment_prefix: '##', autoescape: true}\n"
        "name: '<b>'\n",
        {"a.txt.jinja": "%% for i in range(2)\n{{ i }}{{ name }}\n%% endfor\n## gone\nend\n"},
    ),
    plain(
        "envops-newlines",
        '_envops: {newline_sequence: "\\r\\n"}\nname: "a\\nb"\n',
        {"a.txt.jinja": "one\ntwo {{ name }}\n", "plain.txt": "one\ntwo\n"},
    ),
    plain("envops-strict", STRICT + NAME, {"a.txt.jinja": "{{ name }}{{ no|default('d') }}\n"}),
    plain(
        "external-data",
        "_external_data: {parent: .parent.yml, other: '{{ where }}/x.yml'}\n"
        "where: {type: str, default: some}\n"
        "parent_name: {type: str, default: \"{{ _external_data.parent.name|default('none') }}\"}\n",
        {"a.txt.jinja": "{{ _external_data.other.x|default('nothing') }} {{ parent_name }}\n"},
    ),
    plain(
        "subdirectory",
        "_subdirectory: inner\n" + NAME,
        {
            "inner/copier.yml": "kept\n",
            "inner/a.jinja": "{{ name }}",
            "inner/~b": "b",
            "inner/x.pyc": "c",
            "outer.txt": "no",
        },
    ),
    plain(
        "subdirectory-jinja",
        '_subdirectory: "templates/{{ kind }}"\nkind: {type: str, choices: [a, b], default: b}\n',
        {
            "templates/a/a.txt": "a",
            "templates/b/b.txt.jinja": "{{ kind }}",
            **{f"templates/b/{name}": text for name, text in RECORD.items()},
        },
    ),
    plain("suffix-none", NAME, SUFFIXES),
    plain("suffix-null", "_templates_suffix: null\n" + NAME, SUFFIXES),
    plain(
        "suffix-other",
        "_templates_suffix: .tmpl\n" + NAME,
        {**SUFFIXES, "{{ _copier_conf.answers_file }}.tmpl": "{{ _copier_answers|to_nice_yaml }}"},
    ),
    plain(
        "suffix-empty",
        "_templates_suffix: ''\n" + NAME,
        {
            **SUFFIXES,
            "x.bin": b"\xff\xfe\x00{{ name }}",
            "{{ name }}.txt": "{{ name }}",
            "{{ _copier_conf.answers_file }}": "{{ _copier_answers|to_nice_yaml }}",
        },
    ),
    plain(
        "suffix-double",
        "_templates_suffix: .tpl.txt\n" + NAME,
        {"a.py.tpl.txt": "{{ name }}", "b.py": "b"},
    ),
    plain("answers-file", "_answers_file: .my-{{ name }}.yml\n" + NAME, {"a.txt": "a"}),
    plain(
        "answers-file-none",
        NAME,
        {
            "{{ _copier_conf.answers_file }}.jinja": "",
            "inner/{{ _copier_conf.answers_file }}.keep.jinja": "{{ _copier_answers|to_json }}",
        },
    ),
    plain(
        "answers-file-named",
        NAME,
        {".copier-answers.yml.jinja": "# by hand\nname: {{ name }}\n_src_path: {{ _src_path }}\n"},
    ),
    Template("no-record", {"copier.yml": NAME, "a.txt.jinja": "{{ name }}"}),
    plain(
        "conf",
        NAME
        + "in_question: '{{ _copier_conf.sep }}{{ _copier_conf.os }}{{ _copier_conf.dst_path }}"
        "|{{ _copier_conf.answers_file }}|{{ _copier_conf.unsafe }}|{{ _src_path }}'\n",
        {
            "a.txt.jinja": "{{ _copier_conf.sep }} {{ _copier_conf.os }} {{ _copier_conf.src_path }}"
            "\n{{ _copier_conf.dst_path }} {{ _copier_conf.answers_file }} {{ _folder_name }}\n"
            "{{ _copier_conf.vcs_ref }} {{ _copier_conf.vcs_ref_hash }} {{ _copier_phase }}\n"
            "{{ _copier_conf.data|to_json }} {{ in_question }}\n{{ _src_path }} {{ _commit }}\n"
            "{{ _copier_python }} {{ _copier_conf.dst_path.name }} {{ _copier_operation }}\n"
        },
        name="given",
    ),
    plain(
        "conf-all",
        NAME,
        {
            "a.txt.jinja": "{% for key in _copier_conf %}{% if key != 'settings' %}{{ key }} = "
            "{{ _copier_conf[key]|string }}\n{% endif %}{% endfor %}",
            "b.json.jinja": "{{ _copier_conf.data|to_nice_json }}{{ _copier_conf|to_json }}",
        },
        name="given",
    ),
    plain(
        "messages",
        "_message_before_copy: 'before {{ _folder_name }}'\n_message_after_copy: 'after {{ name }}'\n"
        "_message_before_update: b\n_message_after_update: c\n" + NAME,
        {"a.txt": "a"},
    ),
    Template(
        "extensions",
        {
            "copier.yml": "_jinja_extensions: [jinja2.ext.do, jinja2.ext.loopcontrols]\n"
            + NAME
            + "x: {type: str, default: '{% set l = [] %}{% do l.append(name) %}{{ l[0] }}'}\n",
            "a.txt.jinja": "{% for i in range(5) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}"
            "{% endfor %}{{ x }}\n",
            **RECORD,
        },
        trust=True,
    ),
    Template(
        "tasks",
        {
            "copier.yml": NAME + "_tasks:\n  - echo {{ name }} $STAGE > task.txt\n"
            "  - [python3, -c, \"open('list {{ _stage }}.txt', 'w').write('{{ name }}')\"]\n"
            "  - command: echo no > no.txt\n    when: \"{{ name == 'no' }}\"\n"
            "  - command: [touch, '{{ name }}.txt']\n    when: \"{{ _copier_operation == 'copy' }}\"\n"
            "  - command: chmod +x run.sh && mv ../gone.txt moved.txt && ln -s run.sh link\n"
            "    working_directory: sub/{{ name }}\n  - rm -rf sub/empty\n",
            "sub/{{ name }}/run.sh": "#!/bin/sh\n",
            "sub/gone.txt": "x",
            "sub/empty/f": "",
            **RECORD,
        },
        trust=True,
    ),
    plain(
        "exclude",
        "_exclude: ['*.bak', '!keep.bak', /only-root.txt, 'sub/**/deep.txt', '{{ name }}.txt', "
        "\"{% if name == 'demo' %}conditional{% endif %}\", copier.yml, \"{% for n in ['l1', 'l2'] "
        '%}{{ n }}\\n{% endfor %}", "{% if _copier_operation == \'copy\' %}only-update{% endif %}"]\n'
        + NAME,
        {
            "a.bak": "",
            "keep.bak": "",
            "only-root.txt": "",
            "sub/only-root.txt": "",
            "l1": "",
            "sub/a/b/deep.txt": "",
            "demo.txt": "",
            "conditional/x": "",
            "l2": "",
            "l3": "",
            "only-update": "",
            "copier.yaml.txt": "",
            "~tilde": "",
            "x.pyc": "",
            "é.bak": "",
        },
    ),
    plain(
        "exclude-default",
        NAME,
        {
            "~a": "",
            "b.pyc": "",
            "c.pyo": "",
            "__pycache__/d": "",
            ".DS_Store": "",
            ".svn/e": "",
            "f": "",
            "sub/copier.yml": "",
            "sub/~g": "",
        },
    ),
    plain(
        "exclude-everything-but",
        "_exclude: ['*', '!*.txt', '!.copier-answers.yml']\n" + NAME,
        {"a.txt": "a", "b.md": "b", "sub/c.txt": "c"},
    ),
    plain(
        "skip-if-exists",
        "_skip_if_exists: ['{{ name }}.txt', b.txt]\n" + NAME,
        {"demo.txt": "1", "b.txt.jinja": "{{ name }}"},
    ),
    plain(
        "symlinks-kept",
        "_preserve_symlinks: true\n" + NAME,
        {
            "target.txt": "t",
            "link": Link("target.txt"),
            "{{ name }}-link.jinja": Link("{{ name }}.txt"),
            "folder/f": "f",
            "to-folder": Link("folder"),
            "dangling": Link("nowhere"),
            "folder/up": Link("../target.txt"),
        },
    ),
    plain(
        "symlinks-followed",
        "_preserve_symlinks: false\n" + NAME,
        {
            "target.txt.jinja": "{{ name }}",
            "link.txt.jinja": Link("target.txt.jinja"),
            "folder/f": Program("f"),
            "to-folder": Link("folder"),
            "plain": Link("folder/f"),
        },
    ),
    plain("min-version", "_min_copier_version: '6.1'\n" + NAME, {"a.txt": "a"}),
    Template(
        "migrations",
        {
            "copier.yml": NAME + "_migrations:\n  - version: v1.0.0\n    command: "
            "touch never\n  - [touch, never]\n",
            "a.txt": "a",
            **RECORD,
        },
        tags=("v1.0.0",),
    ),
    plain(
        "include",
        "first: 1\n---\n!include parts/q*.yml\n---\nlast: 9\n_exclude: [copier.yml]\n---\n"
        "_exclude: [parts]\npick: {type: str, default: b, choices: !include parts/choices.yml}\n"
        "shared: !include parts/one.yml\n",
        {
            "parts/q.yml": "second: 2\n_exclude: [a.txt]\n---\nthird: 3\n",
            "parts/choices.yml": "- a\n- b\n- [c]\n",
            "a.txt": "",
            "b.txt": "",
            "parts/one.yml": "default: 5\n",
            **seen("first", "second", "third", "pick", "last", "shared"),
        },
    ),
    plain(
        "documents",
        "a: 1\nb: old\n_exclude: [x]\n---\nb: new\n---\n_exclude: [y]\n---\n",
        {"x": "", "y": "", "z": "", **seen("a", "b")},
    ),
    Template("config-yaml", {"copier.yaml": NAME, "a.jinja": "{{ name }}", **RECORD}),
    Template("config-upper", {"copier.YML": NAME, "a.jinja": "{{ name }}", **RECORD}),
    Template("config-none", {"a.txt.jinja": "{{ _folder_name }}{{ nothing }}", "b": "b"}, tags=()),
    Template("config-empty", {"copier.yml": "# nothing\n", "a": "a", **RECORD}),
]

FILES = [
    plain(
        "yield",
        "names: {type: yaml, default: [one, two]}\npairs: {type: yaml, default: [{n: x, v: 1}, "
        "{n: '', v: 2}]}\n",
        {
            "{% yield n from names %}{{ n }}{% endyield %}.txt.jinja": "{{ n }}",
            "{% yield p from pairs %}{{ p.n }}{% endyield %}/{{ p.v }}.txt.jinja": "{{ p.v }}",
            "{% yield a from names %}{{ a }}{% endyield %}/{% yield b from names %}{{ b }}"
            "{% endyield %}.md.jinja": "{{ a }}{{ b }}",
            "{% yield e from [] %}{{ e }}{% endyield %}.none": "",
        },
        names=["three", "four", "fünf"],
    ),
    plain(
        "conditional-names",
        "docs: {type: bool, default: false}\nci: {type: str, choices: [github, none], default: github}\n"
        "pkg: a/b\n",
        {
            "{% if docs %}docs{% endif %}/index.md": "never",
            "{% if docs %}no.md{% endif %}.jinja": "never",
            "{% if ci == 'github' %}.github{% endif %}/{{ ci }}.yml.jinja": "{{ ci }}",
            "src/{{ pkg }}/__init__.py": "",
            "{{ 'x' if docs else '' }}": "never",
            "{{ ci }}{% if docs %}-docs{% endif %}.txt": "plain",
        },
    ),
    plain(
        "modes",
        NAME,
        {
            "run.sh": Program("#!/bin/sh\n"),
            "run-{{ name }}.sh.jinja": Program("echo {{ name }}\n"),
            "plain.txt": "x",
            "sub/tool": Program(""),
        },
    ),
    plain(
        "bytes",
        NAME,
        {
            "empty": "",
            "empty.txt.jinja": "",
            "binary.bin": bytes(range(256)),
            "latin1.txt": "caf\xe9 {{ name }}".encode("latin-1"),
            "crlf.txt": b"a\r\nb {{ name }}\r\n",
            "crlf.txt.in.jinja": b"a\r\nb {{ name }}\r\n\r\n",
            "none.txt.jinja": "{{ name }}",
            "many.txt.jinja": "{{ name }}\n\n\n",
            "bom.txt.jinja": "\ufeff{{ name }}",
            "nul.txt.jinja": "a\0{{ name }}",
            "only.txt.jinja": "\n",
            "mixed.jinja": "a\rb\r\nc\n",
        },
    ),
    plain(
        "names",
        "name: {type: str, default: é ☃ x}\n",
        {
            "with space.txt": "",
            "ünïcode/日本.txt.jinja": "{{ name }}",
            "{{ name }}.txt": "",
            "a.jinja.txt": "{{ name }}",
            "b.jinja.jinja": "{{ name }}",
            ".jinja": "{{ name }}",
            ".hidden": "",
            ".dir/.file.jinja": "{{ name }}",
            "-dash": "",
            "{not jinja}": "",
            "semi;colon'quote": "",
            "e\u0301": "",
            "tab\tname": "",
            "UPPER/Case": "",
        },
    ),
    plain(
        "sibling",
        NAME,
        {
            "both.txt": "plain",
            "both.txt.jinja": "{{ name }}",
            "demo.txt.jinja": "x",
            "{{ name }}.txt": "left out, for there is demo.txt.jinja",
        },
    ),
    Template("empty-folders", {}, build=lambda root: _empty_folders(root)),
    plain(
        "imports",
        NAME
        + "_subdirectory: project\nloud: \"{% import 'lib/macros.j' as m %}{{ m.shout(name) }}\"\n",
        {
            "lib/macros.j": "{% macro shout(x) %}{{ x|upper }}!{% endmacro %}",
            "lib/base.txt": "[{% block body %}{% endblock %}]\n",
            "lib/part.txt": "part {{ name }}\n",
            "project/a.txt.jinja": "{% from 'lib/macros.j' import shout %}{{ shout(name) }}\n"
            "{% include 'lib/part.txt' %}{% include 'missing' ignore missing %}{{ loud }}",
            "project/b.txt.jinja": "{% extends 'lib/base.txt' %}{% block body %}{{ name }}{% endblock %}",
            **{f"project/{name}": text for name, text in RECORD.items()},
        },
    ),
    plain(
        "filters",
        "name: {type: str, default: My Tool 2}\ndata: {type: yaml, default: {b: [1, é], a: null}}\n",
        {
            "a.txt.jinja": "{{ data|to_json }}\n{{ data|to_nice_json }}\n{{ data|to_yaml }}"
            "{{ data|to_nice_yaml(indent=2) }}{{ name|regex_replace('[^a-z]+', '-') }}\n"
            "{{ name|hash('sha256') }} {{ 'a/b.c'|basename }} {{ 'x'|b64encode }} {{ name|quote }}\n"
            "{{ '[1,2]'|from_json }} {{ 'a: 1'|from_yaml }} {{ true|ternary('y', 'n') }}\n"
            "{{ '1.10'|int(5) }} {{ name|to_uuid }} {{ 'yes'|bool }} {{ '~/x'|basename }}\n"
            "{{ pathjoin('a', '/b', 'c') }} {{ pathjoin('a', 'b', mode='windows') }}\n"
            "{{ name|md5 }} {{ name|wordcount }} {{ name|tojson }} {{ data|dictsort }}\n"
            "{{ ['b', 'a']|sort|join(',') }} {{ 'x'|comment }}\n"
            "{{ [3, 1]|max }} {{ data|mandatory|length }} {{ '%H'|strftime(0)|length }}\n"
        },
    ),
    plain(
        "now-and-secrets",
        "token: {type: str, default: '{{ make_secret() }}', secret: true}\n"
        "year: {type: str, default: '{{ now().year }}'}\n",
        {
            "a.txt.jinja": "{{ token|length }} {{ make_secret()|length }} {{ now().tzinfo }} {{ year }}\n"
            "{{ '%Y' | strftime }}\n"
        },
    ),
    plain(
        "folder-name",
        "name: '{{ _folder_name }}'\n",
        {"{{ _folder_name }}/a.txt.jinja": "{{ _folder_name }} {{ name }}"},
    ),
    plain(
        "answers-as-they-come",
        "b: 1\na: x\nc: {type: bool, default: true}\nh: {default: 1, when: false}\n",
        {
            "a.txt.jinja": "{% for k, v in _copier_answers.items() %}{% if k[0] != '_' %}"
            "{{ k }}={{ v }}\n{% endif %}{% endfor %}",
            "b.json.jinja": "{{ _copier_answers.keys()|list|to_json }}",
        },
        a="y",
    ),
]


def _empty_folders(root: Path) -> Path:
    tree(root, {"copier.yml": NAME, "a.txt": "a", **RECORD})
    (root / "empty").mkdir()
    (root / "{{ name }}" / "deeper").mkdir(parents=True)
    (root / "{% if not name %}gone{% endif %}").mkdir()
    return root


def _submodules(root: Path) -> Path:
    commit(tree(root.with_name("inner"), {"in.txt": "in\n", "t.txt.jinja": "{{ name }}"}))
    commit(tree(root, {"copier.yml": NAME, "a.txt": "a", **RECORD}))
    allow = ("-c", "protocol.file.allow=always")
    run_git(*allow, "submodule", "--quiet", "add", "../inner", "vendor/inner", cwd=root)
    return commit(root, "v1")


def _below_a_repository(root: Path) -> Path:
    tree(root / "templates/one", {"copier.yml": NAME, "a.txt.jinja": "{{ name }}", **RECORD})
    return commit(root, "v1.0.0") / "templates/one"


def _history(root: Path) -> Path:
    for number, tags in enumerate([("v1.0.0",), ("1.1.0",), ("v2.0.0rc1",), ()]):
        text = f"{number} {{{{ _commit }}}} {{{{ _copier_conf.vcs_ref_hash }}}}\n"
        commit(tree(root, {"copier.yml": NAME, "a.txt.jinja": text, **RECORD}), *tags)
        if number == 1:
            run_git("branch", "side", cwd=root)
    return root


def _prereleases(root: Path) -> Path:
    commit(tree(root, {"copier.yml": NAME, "a.txt": "1", **RECORD}), "v1.0.0a1", "not-a-version")
    return commit(tree(root, {"a.txt": "2"}))


def _same_version_twice(root: Path) -> Path:
    commit(tree(root, {"copier.yml": NAME, "a.txt": "1", **RECORD}), "1.0.0")
    return commit(tree(root, {"a.txt": "2"}), "v1.0.0")


def _attributes(root: Path) -> Path:
    files = {
        ".gitattributes": "secret.txt export-ignore\n*.crlf text eol=crlf\nid.txt ident\n"
        "bin.dat binary\nver.txt export-subst\n",
        "secret.txt": "kept",
        "a.crlf": "one\ntwo\n",
        "id.txt": "$Id$\n",
        "bin.dat": b"\0\1\r\n",
        "ver.txt": "$Format:%H$\n",
        "empty/.gitkeep": "",
        "run": Program("x"),
        ".gitignore": "*.log\n",
    }
    return commit(tree(root, {"copier.yml": NAME, **RECORD, **files}), "v1")


REPOSITORIES = [
    Template("git-newest", build=_history),
    Template("git-tag", build=_history, ref="v1.0.0"),
    Template("git-prerelease", build=_history, ref="v2.0.0rc1"),
    Template("git-branch", build=_history, ref="side"),
    Template("git-head", build=_history, ref="HEAD"),
    Template("git-relative", build=_history, ref="HEAD~2"),
    Template("git-only-prereleases", build=_prereleases),
    Template("git-same-version-twice", build=_same_version_twice),
    Template(
        "git-without-tags",
        {"copier.yml": NAME, "a.txt.jinja": "{{ _commit|length }}", **RECORD},
        tags=(),
    ),
    Template("git-submodules", build=_submodules),
    Template("git-sub-folder", build=_below_a_repository),
    Template("git-attributes", build=_attributes),
    Template(
        "git-modes",
        {
            "copier.yml": NAME,
            "run": Program("#!/bin/sh\n"),
            "x.jinja": Program("x"),
            "_preserve": "",
            "l": Link("run"),
            **RECORD,
        },
        tags=("v1",),
    ),
    Template(
        "git-conf",
        {
            "copier.yml": NAME,
            "a.txt.jinja": "{{ _copier_conf.vcs_ref }} "
            "{{ _copier_conf.vcs_ref_hash }} {{ _commit }} {{ _copier_answers._commit }}",
            **RECORD,
        },
        tags=("v1.5",),
        ref="v1.5",
    ),
]

TOGETHER = [
    Template(
        "together",
        {
            "copier.yml": EVERYTHING,
            "questions/1.yml": "project: {type: str, default: My Project}\nkind: {type: str, choices:"
            " {A tool: tool, A library: library}, default: library}\n",
            "questions/2.yml": "docs: {type: bool, default: \"[[ kind == 'library' ]]\"}\nextras:\n"
            "  type: str\n  multiselect: true\n  default: [cli]\n  choices: {Tests: tests, CLI: cli}\n",
            "macros.j2": "[% macro title(x) %]\n# [[ x|upper ]]\n[% endmacro %]\n",
            "tool/tool.txt": "tool",
            "library/[[ _copier_conf.answers_file ]].j2": "[[ _copier_answers|to_nice_yaml ]]",
            "library/README.md.j2": "[% from 'macros.j2' import title %]\n[[ title(project) ]]\n"
            "[% if docs %]\nSee docs.\n[% endif %]\n[[ token ]] {{ left }}\n",
            "library/docs/index.md.j2": "[[ extras|join(', ') ]]\n",
            "library/[% yield e from extras %][[ e ]][% endyield %]/[[ slug ]].py.j2": "x = '[[ e ]]'\n",
            "library/a.bak": "no",
            "library/keep.bak": "yes",
            "library/bin/[[ slug ]]": Program("#!/bin/sh\n"),
        },
        {"project": "Big Thing", "extras": ["cli", "tests"], "token": "abc"},
        tags=("v1.0.0", "v1.2.0"),
    ),
    Template(
        "together-conditions",
        {
            "copier.yml": "lang: {type: str, choices: [python, rust], default: python}\n"
            "version: {type: str, default: \"{{ '3.12' if lang == 'python' else '1.80' }}\"}\n"
            "features:\n  type: yaml\n  multiselect: true\n  default: \"{{ ['fmt'] }}\"\n"
            "  choices: \"{% if lang == 'python' %}[fmt, lint]{% else %}[fmt]{% endif %}\"\n"
            "deps: {type: json, default: '{{ features|to_json }}', when: false}\n",
            "{{ 'pyproject.toml' if lang == 'python' else 'Cargo.toml' }}.jinja": '[p]\nv = "{{ version }}"\nd = {{ deps|to_json }}\n',
            "{% if 'lint' in features %}lint.toml{% endif %}": "",
            "src/{% if lang == 'rust' %}main.rs{% else %}main.py{% endif %}.jinja": "// {{ lang }}\n",
            **RECORD,
        },
        {"lang": "rust"},
    ),
]

TEMPLATES = [*QUESTIONS, *SETTINGS, *FILES, *REPOSITORIES, *TOGETHER]
