// Documents on which readers of YAML disagree. render.test.ts of the API server's tests asks kubectl about each.

/** JSON of what kubectl reads; or words of render's refusal, where kubectl refuses, too. */
type Verdict = string | RegExp

export const DOCUMENTS: Readonly<Record<string, readonly [text: string, verdict: Verdict]>> = {
  'a tab before a comment of its own line': ['kind: A\n\t# c\n', /a\.yaml:2: kubectl refuses this tab/],
  'a tab alone on a line': ['metadata:\n  name: a\n\t\nkind: A\n', /a\.yaml:3: kubectl refuses this tab/],
  'a tab behind brackets': ['kind: A\na:\n  [b]\n  \t# c\n', /a\.yaml:4: kubectl refuses this tab/],
  'a tab behind a value, too far to the left': [
    'kind: A\na:\n  b: c\n  \t# c\n',
    /a\.yaml:4: kubectl refuses this tab/
  ],
  'a tab behind a value, far enough': ['kind: A\na:\n  b: c\n   \t# c\n', '{"kind":"A","a":{"b":"c"}}'],
  'a tab in a value of several lines': ['kind: A\na:\n  b\n  \t\n  c\n', '{"kind":"A","a":"b\\nc"}'],
  'a tab in it, too far to the left': ['kind: A\na:\n  b\n\t\n  c\n', /a\.yaml:4: kubectl refuses this tab/],
  'a tab behind a dash': ['kind: A\na:\n-\tb\n', /a\.yaml:3: kubectl refuses this tab/],
  'a tab at the end of a line': ['kind: A\t\na:\t\n- b\t# c\n', '{"kind":"A","a":["b"]}'],
  'a tab in brackets': ['kind: A\na: [\tb,\tc: \td]\n', '{"kind":"A","a":["b",{"c":"d"}]}'],
  'a tab before a line in quotes': ['kind: A\na: "b\n\tc"\n', '{"kind":"A","a":"b c"}'],
  'a tab before a line in brackets': ['kind: A\na: [\n\tb\n\t]\n', /a\.yaml:4: kubectl refuses this tab/],
  'a tab in a block': ['kind: A\na: |\n  b\n  \tc\n', '{"kind":"A","a":"b\\n\\tc\\n"}'],
  'a name of 1,025 characters': [`kind: A\n${'a'.repeat(1025)}: b\n`, /a\.yaml:2: kubectl cannot read this name/],
  'a marked name of 1,025 characters': [
    `kind: A\n? ${'a'.repeat(1025)}\n: b\n`,
    `{"kind":"A","${'a'.repeat(1025)}":"b"}`
  ],
  'a name of 1,024 characters': [`kind: A\n${'a'.repeat(1024)}: b\n`, `{"kind":"A","${'a'.repeat(1024)}":"b"}`],
  'a name on two lines': ['kind: A\na: {"x\n y": z}\n', /a\.yaml:2: kubectl cannot read this name/],
  'an escaped slash': ['kind: A\na: "b\\/c"\n', /a\.yaml:2: kubectl refuses the escape \\\/;/],
  'an escaped backslash before a slash': ['kind: A\na: "b\\\\/c"\n', '{"kind":"A","a":"b\\\\/c"}'],
  'an escaped surrogate pair': ['kind: A\na: "\\ud83d\\ude00"\n', /a\.yaml:2: kubectl refuses the escape \\ud83d;/],
  'an escaped slash in JSON': ['{"kind": "A", "a": "b\\/c"}', '{"kind":"A","a":"b/c"}'],
  'an escaped surrogate pair in JSON': ['{"kind": "A", "a": "\\ud83d\\ude00"}', '{"kind":"A","a":"😀"}'],
  'half of one in JSON': ['{"kind": "A", "a": "\\ud83d"}', '{"kind":"A","a":"\uFFFD"}'],
  'one number twice as a name': ['kind: A\n1: a\n0x1: b\n', '{"kind":"A","1":"b"}'],
  'no kind': ['metadata: {name: a}\n', /a\.yaml:1: this object has no kind/],
  'a list of objects without a List': ['- kind: A\n- kind: B\n', /a\.yaml:1: a list is not an object/],
  'a text': ['kind\n', /a\.yaml:1: "kind" is not an object/],
  'a List of nothing and something': ['kind: List\nitems:\n-\n- kind: A\n', /a\.yaml:3: null is not an object/],
  'a List in a List': [
    'kind: List\nitems:\n- kind: List\n  items: []\n',
    /a\.yaml:3: kubectl refuses a List in a List/
  ],
  'a List that is a map': ['kind: List\nitems: {a: b}\n', /a\.yaml:2: items: a map is not a list/],
  'an item without a kind in a List': ['kind: List\nitems:\n- {}\n', /a\.yaml:3: this object has no kind/],
  'an item without a kind in a List of one kind': [
    'apiVersion: v1\nkind: AList\nitems:\n- a: b\n',
    '{"a":"b","apiVersion":"v1","kind":"A"}'
  ]
}
