// What the demo and the sandbox tell people to type works in a shell that has only the machine's own Node, however old.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { isSupported } from '../../../plugin/runtime.ts'

const ROOT = join(import.meta.dirname, '../../..')
const PATH = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))

test('the printed environment brings the plugin and a Node that is new enough for it', () => {
  const script = 'eval "$(npm run --silent sandbox -- env)"; node --version; echo "$PATH"; echo "$KUBECONFIG"'
  const env = { HOME: process.env.HOME, PATH: PATH.join(delimiter) }
  const printed = execFileSync('bash', ['-c', script], { cwd: ROOT, env, encoding: 'utf8' })
  const [version, path = '', kubeconfig] = printed.trimEnd().split('\n')
  expect(isSupported(version?.slice(1) ?? ''), version).toBe(true)
  expect(path.split(delimiter)[0]).toBe(join(ROOT, 'dist'))
  expect(kubeconfig).toMatch(/kubeconfig$/)
})

test('no command that we print or document starts TypeScript with the Node that a shell happens to have', () => {
  const files = execFileSync('git', ['ls-files', '*.md', 'test', 'plugin', 'scripts'], { cwd: ROOT, encoding: 'utf8' })
  const guilty = files
    .trimEnd()
    .split('\n')
    .filter((file) => /\bnode (test|scripts|plugin|webhook)\/\S+\.ts\b/.test(readFileSync(join(ROOT, file), 'utf8')))
  expect(guilty).toEqual([])
})
