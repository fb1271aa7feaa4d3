// What is said beside the lines.
import { expect, test } from 'vitest'
import { DeadConnection } from '../../../../plugin/io/errors.ts'
import { makeNotices, type Notice, type NoticeOptions } from '../../../../plugin/follow/notices.ts'

function said(notices: readonly Notice[], options: Partial<NoticeOptions> = {}): string[] {
  const texts: string[] = []
  const notify = makeNotices({ say: (text) => texts.push(text), isColoured: false, hasLifecycle: false, ...options })
  for (const notice of notices) notify(notice)
  return texts
}

const QUEUE: Notice = { type: 'queue', active: 50, all: 120 }

test('waiting logs are reported, with the flag that limits how many are read', () => {
  expect(said([QUEUE], { limitFlag: '--max-log-requests=50' })).toEqual([
    'warning: reading 50 of 120 logs; the others wait for one of these to end (--max-log-requests=50)'
  ])
  expect(said([QUEUE])).toEqual(['warning: reading 50 of 120 logs; the others wait for one of these to end'])
})

test('a watch of the versions that stays broken is reported once, and so is its recovery', () => {
  const broken: Notice = { type: 'watch', error: new Error('virtualservices is forbidden') }
  expect(said([broken, broken])).toEqual([])
  expect(said([broken, broken, broken, broken, { type: 'watched' }])).toEqual([
    'warning: changes of the VirtualService: virtualservices is forbidden; trying again',
    'changes of the VirtualService: recovered'
  ])
})

test('a connection that was found dead is reported at once: it has been silent for a minute', () => {
  const broken: Notice = { type: 'watch', error: new DeadConnection(90_000) }
  expect(said([broken, broken, { type: 'watched' }])).toEqual([
    'warning: changes of the VirtualService: the connection is dead: nothing came for 90 s; trying again',
    'changes of the VirtualService: recovered'
  ])
})

test('a version without a log to read: it has no pods, or none of their containers was chosen', () => {
  const selector = { app: 'httpbin', version: 'v1' }
  const source = { key: 'prod/v1', role: 'live', version: 'v1', namespace: 'prod', selector } as const
  const empty = (others: readonly string[]): Notice => ({ type: 'empty', source, others })
  expect(said([empty([]), empty(['app', 'istio-proxy'])])).toEqual([
    'warning: v1 has no container to read yet (pods in prod with app=httpbin,version=v1)',
    'warning: v1 has no container of the chosen name; it has app, istio-proxy (pods in prod with app=httpbin,version=v1)'
  ])
})
