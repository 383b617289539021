"""Templates of strange files: names, bytes, modes, what Jinja does in them."""

from __future__ import annotations

from pathlib import Path

from ..factories import Program, tree
from .making import NAME, RECORD, Template, plain


def _empty_folders(root: Path) -> Path:
    tree(root, {"copier.yml": NAME, "a.txt": "a", **RECORD})
    (root / "empty").mkdir()
    (root / "{{ name }}" / "deeper").mkdir(parents=True)
    (root / "{% if not name %}gone{% endif %}").mkdir()
    return root


FILES = [
    plain(
        "yield",
        """\
names: {type: yaml, default: [one, two]}
pairs: {type: yaml, default: [{n: x, v: 1}, {n: '', v: 2}]}
""",
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
        """\
docs: {type: bool, default: false}
ci: {type: str, choices: [github, none], default: github}
pkg: a/b
""",
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
    Template("empty-folders", {}, build=_empty_folders),
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
            "project/b.txt.jinja": "{% extends 'lib/base.txt' %}"
            "{% block body %}{{ name }}{% endblock %}",
            **{f"project/{name}": text for name, text in RECORD.items()},
        },
    ),
    plain(
        "filters",
        """\
name: {type: str, default: My Tool 2}
data: {type: yaml, default: {b: [1, é], a: null}}
""",
        {
            "a.txt.jinja": """\
{{ data|to_json }}
{{ data|to_nice_json }}
{{ data|to_yaml }}{{ data|to_nice_yaml(indent=2) }}{{ name|regex_replace('[^a-z]+', '-') }}
{{ name|hash('sha256') }} {{ 'a/b.c'|basename }} {{ 'x'|b64encode }} {{ name|quote }}
{{ '[1,2]'|from_json }} {{ 'a: 1'|from_yaml }} {{ true|ternary('y', 'n') }}
{{ '1.10'|int(5) }} {{ name|to_uuid }} {{ 'yes'|bool }} {{ '~/x'|basename }}
{{ pathjoin('a', '/b', 'c') }} {{ pathjoin('a', 'b', mode='windows') }}
{{ name|md5 }} {{ name|wordcount }} {{ name|tojson }} {{ data|dictsort }}
{{ ['b', 'a']|sort|join(',') }} {{ 'x'|comment }}
{{ [3, 1]|max }} {{ data|mandatory|length }} {{ '%H'|strftime(0)|length }}
"""
        },
    ),
    plain(
        "now-and-secrets",
        """\
token: {type: str, default: '{{ make_secret() }}', secret: true}
year: {type: str, default: '{{ now().year }}'}
""",
        {
            "a.txt.jinja": """\
{{ token|length }} {{ make_secret()|length }} {{ now().tzinfo }} {{ year }}
{{ '%Y' | strftime }}
"""
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
