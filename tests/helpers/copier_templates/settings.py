"""Templates that use Copier's settings."""

from __future__ import annotations

from ..factories import Link, Program
from .making import NAME, RECORD, Template, plain, seen

SUFFIXES = {"a.txt.jinja": "{{ name }}\n", "a.txt.tmpl": "{{ name }}\n", "b.txt": "{{ name }}\n"}
STRICT = "_envops: {undefined: jinja2.StrictUndefined}\n"

SETTINGS = [
    plain(
        "envops-delimiters",
        """\
_envops:
  block_start_string: '<%'
  block_end_string: '%>'
  variable_start_string: '<<'
  variable_end_string: '>>'
  comment_start_string: '<#'
  comment_end_string: '#>'
name: {type: str, default: demo}
more: '<< name >>{{ name }}'
""",
        {
            "<< name >>.txt.jinja": "<< name >> {{ name }} <% if name %>yes<% endif %><# no #>\n",
            "<< _copier_conf.answers_file >>.jinja": "<< _copier_answers|to_nice_yaml >>\n",
        },
    ),
    plain(
        "envops-whitespace",
        """\
_envops: {trim_blocks: true, lstrip_blocks: true, keep_trailing_newline: false}
name: "demo\\n"
""",
        {"a.txt.jinja": "  {% if name %}\n[{{ name }}]\n  {% endif %}\nend\n"},
    ),
    plain(
        "envops-lines",
        """\
_envops: {line_statement_prefix: '%%', line_comment_prefix: '##', autoescape: true}
name: '<b>'
""",
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
        """\
_external_data: {parent: .parent.yml, other: '{{ where }}/x.yml'}
where: {type: str, default: some}
parent_name: {type: str, default: "{{ _external_data.parent.name|default('none') }}"}
""",
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
            "a.txt.jinja": """\
{{ _copier_conf.sep }} {{ _copier_conf.os }} {{ _copier_conf.src_path }}
{{ _copier_conf.dst_path }} {{ _copier_conf.answers_file }} {{ _folder_name }}
{{ _copier_conf.vcs_ref }} {{ _copier_conf.vcs_ref_hash }} {{ _copier_phase }}
{{ _copier_conf.data|to_json }} {{ in_question }}
{{ _src_path }} {{ _commit }}
{{ _copier_python }} {{ _copier_conf.dst_path.name }} {{ _copier_operation }}
"""
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
        """\
_message_before_copy: 'before {{ _folder_name }}'
_message_after_copy: 'after {{ name }}'
_message_before_update: b
_message_after_update: c
"""
        + NAME,
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
            "copier.yml": NAME
            + """\
_tasks:
  - echo {{ name }} $STAGE > task.txt
  - [python3, -c, "open('list {{ _stage }}.txt', 'w').write('{{ name }}')"]
  - command: echo no > no.txt
    when: "{{ name == 'no' }}"
  - command: [touch, '{{ name }}.txt']
    when: "{{ _copier_operation == 'copy' }}"
  - command: chmod +x run.sh && mv ../gone.txt moved.txt && ln -s run.sh link
    working_directory: sub/{{ name }}
  - rm -rf sub/empty
""",
            "sub/{{ name }}/run.sh": "#!/bin/sh\n",
            "sub/gone.txt": "x",
            "sub/empty/f": "",
            **RECORD,
        },
        trust=True,
    ),
    plain(
        "exclude",
        """\
_exclude:
  - "*.bak"
  - "!keep.bak"
  - /only-root.txt
  - sub/**/deep.txt
  - "{{ name }}.txt"
  - "{% if name == 'demo' %}conditional{% endif %}"
  - copier.yml
  - "{% for n in ['l1', 'l2'] %}{{ n }}\\n{% endfor %}"
  - "{% if _copier_operation == 'copy' %}only-update{% endif %}"
"""
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
            "copier.yml": NAME
            + """\
_migrations:
  - version: v1.0.0
    command: touch never
  - [touch, never]
""",
            "a.txt": "a",
            **RECORD,
        },
        tags=("v1.0.0",),
    ),
    plain(
        "include",
        """\
first: 1
---
!include parts/q*.yml
---
last: 9
_exclude: [copier.yml]
---
_exclude: [parts]
pick: {type: str, default: b, choices: !include parts/choices.yml}
shared: !include parts/one.yml
""",
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
