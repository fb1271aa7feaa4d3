// Where there is no home folder: a process whose user id is no user's, as in a pod.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const SOURCE = readFileSync(new URL('../../../../plugin/io/home.ts', import.meta.url), 'utf8')
const NOBODYS_ID = 64_321

// Only root may start a process as another user.
test.runIf(process.getuid?.() === 0)('a user id of no user, and no HOME: empty, not a crash', () => {
  const program = `${SOURCE}\nconsole.log(JSON.stringify(home()))`
  const args = ['--input-type=module-typescript', '--no-warnings', '--eval', program]
  const printed = execFileSync(process.execPath, args, { uid: NOBODYS_ID, env: {}, cwd: '/', encoding: 'utf8' })
  expect(printed).toBe('""\n')
})
