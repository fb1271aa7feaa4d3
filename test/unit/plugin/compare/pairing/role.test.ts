import { expect, test } from 'vitest'
import { Roles } from '../../../../../plugin/compare/pairing/role.ts'
import { copy, liveRecord } from '../build.ts'

test('tells a copy by the sender that it has seen send copies', () => {
  const roles = new Roles(true)
  const live = liveRecord({ forwarded: ['192.0.2.1'] })
  const its = copy({ forwarded: ['192.0.2.1', '10.0.0.9'] })
  expect(roles.tell([its])).toEqual({ lives: [its], copies: [] })
  expect(roles.tell([live, its])).toEqual({ lives: [live], copies: [its] })
  expect(roles.tell([its])).toEqual({ lives: [], copies: [its] })
})

test('takes whatever reaches a version without live requests for a copy, unless no proxy forwarded it', () => {
  const roles = new Roles(false)
  expect(roles.tell([copy()]).copies).toHaveLength(1)
  expect(roles.tell([copy({ forwarded: [] })]).lives).toHaveLength(1)
})

test('knows the host of a copy that Istio before 1.28 sent', () => {
  const its = copy({ forwarded: [], authority: 'httpbin-shadow:8000' })
  expect(new Roles(true).tell([its]).copies).toEqual([its])
})
