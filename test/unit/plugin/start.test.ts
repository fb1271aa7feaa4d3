import { EventEmitter } from 'node:events'
import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { watchForTheEnd } from '../../../plugin/start.ts'

function running() {
  const written: string[] = []
  const stream = () => new Writable({ write: (chunk, _, done) => (written.push(String(chunk)), done()) })
  const fake = Object.assign(new EventEmitter(), {
    stdout: stream(),
    stderr: stream(),
    exitCode: undefined as number | undefined
  })
  // An emitter is all of a process that is listened to.
  return { fake, written, watched: watchForTheEnd(fake as unknown as Parameters<typeof watchForTheEnd>[0]) }
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code })
}

test.each(['SIGINT', 'SIGTERM'])('%s lets a run end in good order', (name) => {
  const { fake, watched } = running()
  fake.emit(name)
  expect(watched.signal.aborted).toBe(true)
  expect(fake.listenerCount(name), 'the second one ends the process').toBe(0)
})

test('SIGHUP does so, too, however often it comes: a closed terminal may send two', () => {
  const { fake, watched } = running()
  fake.emit('SIGHUP')
  expect(watched.signal.aborted).toBe(true)
  expect(fake.listenerCount('SIGHUP')).toBe(1)
})

test.each(['EPIPE', 'EIO'])('a reader that is gone (%s) lets it end in good order too, and is no failure', (code) => {
  const { fake, watched, written } = running()
  fake.stdout.emit('error', failure(code))
  fake.stderr.emit('error', failure(code))
  expect(watched.signal.aborted).toBe(true)
  expect([0, 1, 2, 3, 130].map((own) => watched.exitCode(own))).toEqual([0, 0, 2, 3, 0])
  expect(written).toEqual([])
})

test('a disk that is full is a failure, said once', () => {
  const { fake, watched, written } = running()
  fake.stdout.emit('error', failure('ENOSPC'))
  fake.stdout.emit('error', failure('ENOSPC'))
  expect([watched.signal.aborted, watched.exitCode(0), fake.exitCode]).toEqual([true, 1, 1])
  expect(written).toEqual(['error: cannot write: ENOSPC\n'])
})
