// The conditions as a JUnit file for CI: a suite for each condition, a test for each endpoint. Pure.
import type { GateResult } from '../statistics/gate.ts'
import { escapeControls } from '../../io/sanitize.ts'
import type { Summary } from '../statistics/summary.ts'

export function renderJunit({ name, gates, endpoints, compared, cut, bodies }: Summary): string {
  const names = endpoints.map(({ endpoint }) => endpoint)
  // Compared matches, and matches with one response cut off.
  const properties = `<properties><property name="compared" value="${compared}"/><property name="cut" value="${cut}"/></properties>`
  const suites = gates.map((gate) => suite(gate, names, properties))
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="${escape(`${bodies ? 'diff' : 'compare'} ${name}`)}">`,
    ...suites,
    '</testsuites>',
    ''
  ].join('\n')
}

function suite(
  { gate, result, endpoints, why = '' }: GateResult,
  names: readonly string[],
  properties: string
): string {
  const cases =
    result === 'unmeasured'
      ? [unmeasured(gate, why)]
      : names.map((endpoint) => {
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
    `    ${properties}`,
    ...cases.map(({ text }) => `    ${text}`),
    '  </testsuite>'
  ].join('\n')
}

function unmeasured(gate: string, why: string): { text: string; failed: boolean } {
  const failure = `<failure message="${escape(`no data to evaluate this condition: ${why}`)}"/>`
  return { text: testCase(gate, 'measured', failure), failed: true }
}

function testCase(gate: string, endpoint: string, content = ''): string {
  const head = `<testcase classname="${escape(gate)}" name="${escape(endpoint)}"`
  return content === '' ? `${head}/>` : `${head}>${content}</testcase>`
}

/** Escapes what XML forbids, and control characters that could mislead a reader. */
function escape(text: string): string {
  return escapeControls(text).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
