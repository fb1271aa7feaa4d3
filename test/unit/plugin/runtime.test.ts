// Which Node the plugin runs on.
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import packageJson from '../../../package.json' with { type: 'json' }
import { isSupported } from '../../../plugin/runtime.ts'

test.for([
  ['20.19.0', false],
  ['22.20.0', false],
  ['22.21.0', true],
  ['23.11.0', false],
  ['24.4.1', false],
  ['24.5.0', true],
  ['26.0.0', true]
] as const)('a Node whose agents pass a proxy by is refused: %s', ([version, expected]) => {
  expect(isSupported(version)).toBe(expected)
})

test('every page that names the Nodes it runs on names those of package.json', async () => {
  const lines = packageJson.engines.node.match(/\d+\.\d+/g)!
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`Node ${lines.join(', ')} or later`)
})
