// The gates as a JUnit file, for a CI's own view of a run: a suite for each gate, a test for each endpoint. Pure.
import type { Outcome } from './gate.ts'
import type { Summary } from './summary.ts'

export function renderJunit({ name, gates, endpoints }: Summary): string {
  const names = endpoints.map(({ endpoint }) => endpoint)
  const suites = gates.map((gate) => suite(gate, names))
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="${escape(`compare ${name}`)}">`,
    ...suites,
    '</testsuites>',
    ''
  ].join('\n')
}

function suite({ gate, result, endpoints }: Outcome, names: readonly string[]): string {
  if (result === 'unmeasured') {
    const failure = '<failure message="nothing to measure it by"/>'
    return `  <testsuite name="${escape(gate)}" tests="1" failures="1">\n    ${testCase(gate, 'measured', failure)}\n  </testsuite>`
  }
  const cases = names.map((endpoint) => {
    const measured = endpoints.find((one) => one.startsWith(`${endpoint} (`))
    if (measured === undefined) return { text: testCase(gate, endpoint), failed: false }
    const failed = result === 'failed'
    const note = failed
      ? `<failure message="${escape(measured)}"/>`
      : `<system-out>${escape(`${measured}, but not beyond noise`)}</system-out>`
    return { text: testCase(gate, endpoint, note), failed }
  })
  const failures = cases.filter(({ failed }) => failed).length
  return [
    `  <testsuite name="${escape(gate)}" tests="${cases.length}" failures="${failures}">`,
    ...cases.map(({ text }) => `    ${text}`),
    '  </testsuite>'
  ].join('\n')
}

function testCase(gate: string, endpoint: string, content = ''): string {
  const head = `<testcase classname="${escape(gate)}" name="${escape(endpoint)}"`
  return content === '' ? `${head}/>` : `${head}>${content}</testcase>`
}

/** Endpoints are what clients sent: XML has no place for control characters, not even written out. */
function escape(text: string): string {
  return text.replace(/\p{Cc}/gu, '�').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
