"""Templates that use many features together, as those of people do."""

from __future__ import annotations

from ..factories import Program
from .making import RECORD, Template

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

TOGETHER = [
    Template(
        "together",
        {
            "copier.yml": EVERYTHING,
            "questions/1.yml": """\
project: {type: str, default: My Project}
kind: {type: str, choices: {A tool: tool, A library: library}, default: library}
""",
            "questions/2.yml": """\
docs: {type: bool, default: "[[ kind == 'library' ]]"}
extras:
  type: str
  multiselect: true
  default: [cli]
  choices: {Tests: tests, CLI: cli}
""",
            "macros.j2": "[% macro title(x) %]\n# [[ x|upper ]]\n[% endmacro %]\n",
            "tool/tool.txt": "tool",
            "library/[[ _copier_conf.answers_file ]].j2": "[[ _copier_answers|to_nice_yaml ]]",
            "library/README.md.j2": """\
[% from 'macros.j2' import title %]
[[ title(project) ]]
[% if docs %]
See docs.
[% endif %]
[[ token ]] {{ left }}
""",
            "library/docs/index.md.j2": "[[ extras|join(', ') ]]\n",
            "library/[% yield e from extras %][[ e ]][% endyield %]/[[ slug ]].py.j2": (
                "x = '[[ e ]]'\n"
            ),
            "library/a.bak": "no",
            "library/keep.bak": "yes",
            "library/bin/[[ slug ]]": Program("#!/bin/sh\n"),
        },
        {"project": "Big Thing", "extras": ["cli", "tests"], "token": "abc"},
        tags=("v1.2.0",),
    ),
    Template(
        "together-conditions",
        {
            "copier.yml": """\
lang: {type: str, choices: [python, rust], default: python}
version: {type: str, default: "{{ '3.12' if lang == 'python' else '1.80' }}"}
features:
  type: yaml
  multiselect: true
  default: "{{ ['fmt'] }}"
  choices: "{% if lang == 'python' %}[fmt, lint]{% else %}[fmt]{% endif %}"
deps: {type: json, default: '{{ features|to_json }}', when: false}
""",
            "{{ 'pyproject.toml' if lang == 'python' else 'Cargo.toml' }}.jinja": """\
[p]
v = "{{ version }}"
d = {{ deps|to_json }}
""",
            "{% if 'lint' in features %}lint.toml{% endif %}": "",
            "src/{% if lang == 'rust' %}main.rs{% else %}main.py{% endif %}.jinja": (
                "// {{ lang }}\n"
            ),
            **RECORD,
        },
        {"lang": "rust"},
    ),
]
