"""Templates of questions alone, which show what their files see of the answers."""

from __future__ import annotations

from .making import questions

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

QUESTIONS = [
    questions(
        "types",
        """\
s: {type: str, default: text}
i: {type: int, default: 3}
f: {type: float, default: 2.5}
b: {type: bool, default: true}
p: {type: path, default: a/b}
j: {type: json, default: '{"k": [1, null]}'}
y: {type: yaml, default: '[1, {k: v}]'}
""",
        *"sifbpjy",
    ),
    questions(
        "types-given",
        """\
s: {type: str}
i: {type: int}
f: {type: float}
b: {type: bool}
p: {type: path}
j: {type: json}
y: {type: yaml}
""",
        *"sifbpjy",
        **{"y": {"k": [True, None]}, "j": [1, "two"], "p": "x y", "b": False, "f": 1e-10},
        **{"i": -4, "s": "É ☃ 'q' \"d\""},
    ),
    questions(
        "short-form",
        """\
s: text
i: 3
f: 1e-10
g: 1.0e-10
b: yes
n: null
tilde: ~
l: [1, two]
d: {default: {k: v}}
jinja: '{{ s }}{{ i + 1 }}'
""",
        *("s", "i", "f", "g", "b", "n", "tilde", "l", "d", "jinja"),
    ),
    questions(
        "yaml-oddities",
        """\
norway: {type: str, default: 'no'}
octal: {type: int, default: 010}
sexagesimal: 1:30
version: {type: str, default: 3.10}
quoted: '3.10'
on_off: {type: bool, default: 'off'}
number_text: {type: str, default: 1.50}
bool_text: {type: str, default: true}
under: 1_000
hexa: 0x1F
infinite: .inf
big: {type: int, default: 123456789012345678901234567890}
tiny: {type: float, default: 1e-10}
date: 2024-02-29
block: |
  two
  lines
fold: >-
  one
  line
""",
        *("norway", "octal", "sexagesimal", "version", "quoted", "on_off", "number_text"),
        *("bool_text", "under", "hexa", "big", "tiny", "block", "fold"),
    ),
    questions(
        "dates",
        """\
day: 2024-02-29
stamp: {type: yaml, default: 2024-02-29 12:30:00}
when_: {type: yaml, choices: [2024-01-01, 2025-01-01], default: 2025-01-01}
as_text: {type: str, default: '{{ day.year }}'}
""",
        "as_text",
    ),
    questions(
        "choices",
        """\
l: {type: str, choices: [a, b], default: b}
m: {type: int, choices: {One: 1, Two: 2}, default: 2}
p: {type: float, choices: [[Half, 0.5], [Whole, 1]], default: 1}
j: {type: str, choices: '[x, "{{ l }}"]', default: b}
k: {type: yaml, choices: '{{ {"Left": [1], "Right": [2]}|to_yaml }}', default: [2]}
untyped: {choices: [3.10, three, null], default: three}
numbers: {type: str, choices: [3.9, 3.11], default: '3.9'}
flags: {type: bool, choices: {Yes: true, No: false}, default: false}
""",
        *("l", "m", "p", "j", "k", "untyped", "numbers", "flags"),
        m=1,
        untyped="3.1",
    ),
    questions(
        "choices-disabled",
        """\
old: {type: bool, default: false}
a:
  type: str
  default: new
  choices:
    Old: {value: old, validator: "{% if not old %}Too old{% endif %}"}
    New: new
b:
  type: str
  default: y
  choices:
    - [X, {value: x, validator: never}]
    - [Y, {value: y}]
""",
        "a",
        "b",
    ),
    questions(
        "multiselect",
        """\
l: {type: str, multiselect: true, choices: [a, b, c], default: [c, a]}
none: {type: str, multiselect: true, choices: [a, b, c], default: []}
m: {type: int, multiselect: true, choices: {One: 1, Two: 2, Three: 3}, default: [3, 1]}
p: {type: str, multiselect: true, choices: [[A, a], [B, b]], default: "['b']"}
j: {type: str, multiselect: true, choices: '{{ l|to_yaml }}', default: '{{ l }}'}
y: {type: yaml, multiselect: true, choices: [{k: 1}, [Two, [2]], x], default: [x, {k: 1}]}
d:
  type: str
  multiselect: true
  default: [b]
  choices:
    A: {value: a, validator: gone}
    B: {value: b}
""",
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
        """\
name: {type: str, default: My Tool}
slug: {type: str, default: "{{ name|lower|replace(' ', '_') }}", when: false}
count: {type: int, default: '{{ slug|length }}', when: false}
parts: {type: yaml, default: "{{ slug.split('_') }}", when: false}
flag: {type: bool, default: "{{ 'tool' in slug }}", when: false}
chosen: {type: str, default: b, choices: [a, b], when: false}
module: {type: str, default: '{{ slug }}.{{ parts|last }}'}
""",
        *("slug", "count", "parts", "flag", "chosen", "module"),
        name="Other Thing",
    ),
    questions(
        "computed-before-asked",
        """\
early: {type: str, default: "{{ late|default('unknown') }}", when: false}
hidden: {type: str, default: h, when: "{{ late is defined }}"}
middle: {type: str, default: "{{ late|default('not yet') }}"}
late: {type: str, default: now known}
""",
        *("early", "hidden", "middle", "late"),
    ),
    questions(
        "unset",
        """\
a: {type: bool, default: true}
b: {type: str, default: "{{ 'x' if a else UNSET }}"}
c: {type: str, default: "{{ UNSET if a else 'x' }}", when: '{{ not a }}'}
d: {type: str, default: "{{ UNSET if a else 'x' }}"}
""",
        *"abcd",
        d="given",
    ),
    questions(
        "validators",
        """\
port: {type: int, default: 80, validator: '{% if port < 1 %}too low{% endif %}'}
name:
  type: str
  default: abc
  validator: "{% if not (name|regex_search('^[a-z]+$')) %}letters only{% endif %}"
hidden: {type: str, default: BAD, when: false, validator: 'always wrong'}
secret:
  type: str
  default: BAD
  secret: true
  validator: "{% if secret == 'BAD' %}wrong{% endif %}"
""",
        *("port", "name", "hidden"),
        secret="good",
        port=8080,
    ),
    questions(
        "secrets",
        """\
_secret_questions: [token]
token: {type: str, default: t}
password: {type: str, secret: true, default: p}
both: {type: yaml, secret: true, default: [1]}
shown: '{{ token }}{{ password }}'
""",
        *("token", "password", "both", "shown"),
        password="word",
    ),
    questions(
        "wording",
        """\
name:
  type: str
  default: n
  help: |
    The name.
    {{ _folder_name }}
  placeholder: 'like {{ _folder_name }}'
  qmark: '>'
text: {type: str, multiline: true, default: "one\\ntwo\\n", help: '{{ name }}?'}
more: {type: yaml, multiline: "{{ name == 'n' }}", default: {a: 1}}
skipped: {type: str, default: s, ask: false}
unset: {type: str, ask: false}
""",
        *("name", "text", "more", "skipped", "unset"),
        text="three\nfour",
    ),
    questions(
        "jinja-everywhere",
        """\
kind: {type: str, default: int}
low: 1
value: {type: '{{ kind }}', default: '{{ low + 1 }}', help: '{{ low }}'}
pick:
  type: str
  default: '{{ value }}'
  choices:
    '{{ low }} is low': '{{ low }}'
    '{{ value }} it is': '{{ value }}'
names: {type: yaml, default: "{% for n in range(3) %}- n{{ n }}\\n{% endfor %}"}
where: {type: path, default: "{{ pathjoin('a', 'b', names[0]) }}"}
""",
        *("value", "pick", "names", "where"),
    ),
    questions(
        "names-of-settings",
        """\
exclude: [x]
tasks: {type: str, default: none}
subdirectory: sub
envops: {default: e}
templates_suffix: .x
answers_file: file
secret_questions: 1
answers: 5
""",
        *("exclude", "tasks", "subdirectory", "envops", "templates_suffix", "answers_file"),
        tasks="some",
    ),
    questions(
        "whole-config-lenient",
        """\
a: {type: str, default: 1, when: 1}
b: {type: str, default: x, when: 0}
c: {type: '', default: 3}
d: {type: str, default: x, secret: 'yes'}
e: {type: str, default: [b], choices: [a, b], multiselect: 'true'}
""",
        *"abcde",
    ),
    questions(
        "unknown-settings",
        "a: {type: str, default: x, question: 'What is it?', required: true}\n",
        "a",
    ),
    questions(
        "null-choice",
        """\
a: {type: yaml, default: None, choices: {None: null, Some: some}}
b: {type: str, default: Nothing, choices: [[Nothing, null], [Some, some]]}
""",
        *"ab",
    ),
    questions(
        "line-ends-in-questions",
        """\
a: {type: str, default: "x\\r\\ny"}
b: {type: str, default: "x\\ny\\n"}
c: {type: yaml, default: "- 1\\r\\n- 2\\r\\n"}
""",
        *"abc",
    ),
    questions(
        "order-of-answers",
        """\
first: 1
second: 2
third: 3
fourth: 4
raw: {type: yaml, default: "{{ _copier_answers|list|to_json }}"}
""",
        *("first", "raw"),
        fourth=40,
        second=20,
    ),
]
