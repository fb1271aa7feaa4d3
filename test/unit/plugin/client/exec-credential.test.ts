// When a credential plugin's answer expires: what is no time is refused, as by client-go, and never taken for one long past.
import { expect, test } from 'vitest'
import { runExecPlugin } from '../../../../plugin/client/exec-credential.ts'

const API = 'client.authentication.k8s.io/v1'

function expiryOf(json: string): Promise<Date | undefined> {
  const answer = `{"apiVersion":"${API}","kind":"ExecCredential","status":{"token":"t","expirationTimestamp":${json}}}`
  const exec = { apiVersion: API, command: 'echo', args: [answer], interactiveMode: 'Never' } as const
  const io = { stdin: process.stdin, stderr: process.stderr, env: process.env, signal: new AbortController().signal }
  return runExecPlugin(exec, {}, new URL('https://localhost'), io).then(({ expires }) => expires)
}

test.for([
  ['"2030-01-01T00:00:00+02:00"', '2029-12-31T22:00:00.000Z'],
  ['""', undefined],
  ['null', undefined]
] as const)('%s', async ([json, expires]) => {
  expect((await expiryOf(json))?.toISOString()).toBe(expires)
})

test.for([
  ['"2030-01-01"', '"2030-01-01"'],
  ['"1"', '"1"'],
  ['1764360000', 'what is no text'],
  ['true', 'what is no text'],
  ['{}', 'what is no text'],
  ['[]', 'what is no text']
] as const)('%s is refused', async ([json, found]) => {
  await expect(expiryOf(json)).rejects.toThrow(`expirationTimestamp: ${found} is no time of RFC 3339`)
})
