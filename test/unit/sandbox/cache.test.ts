import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cached, dropOthers } from '../../sandbox/cache.ts'
import { placeOf } from '../../sandbox/place.ts'
import { Progress } from '../../sandbox/progress.ts'
import type { Session } from '../../sandbox/session.ts'

let root: string
let session: Session

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'))
  const progress = new Progress({ write: () => {} })
  session = { place: placeOf({ XDG_CACHE_HOME: root }), progress, signal: new AbortController().signal }
})
afterEach(() => rm(root, { recursive: true, force: true }))

test('an entry is made once, though two runs want it at the same time', async () => {
  let made = 0
  const make = async (folder: string) => {
    made++
    await new Promise((resolve) => setTimeout(resolve, 100))
    await writeFile(join(folder, 'program'), 'whole')
  }
  const entries = await Promise.all([cached(session, 'etcd-v1', make), cached(session, 'etcd-v1', make)])
  expect(made).toBe(1)
  for (const entry of entries) expect(await readFile(join(entry, 'program'), 'utf8')).toBe('whole')
})

test('a make that fails half-way leaves no entry, nothing beside it, and can be tried again', async () => {
  const half = async (folder: string) => {
    await writeFile(join(folder, 'program'), 'ha')
    throw new Error('interrupted')
  }
  await expect(cached(session, 'etcd-v1', half)).rejects.toThrow('interrupted')
  expect(await readdir(session.place.cache)).toEqual(['scratch'])
  expect(await readdir(join(session.place.cache, 'scratch'))).toEqual([])
  const entry = await cached(session, 'etcd-v1', (folder) => writeFile(join(folder, 'program'), 'whole'))
  expect(await readFile(join(entry, 'program'), 'utf8')).toBe('whole')
})

test("sweeps what a killed run left, and leaves a living run's scratch alone", async () => {
  const scratch = join(session.place.cache, 'scratch')
  const [dead, alive] = [join(scratch, '4194305-aaaaaa'), join(scratch, `${process.ppid}-bbbbbb`)] // above the largest pid
  await mkdir(dead, { recursive: true })
  await mkdir(alive)
  await cached(session, 'etcd-v1', async () => {})
  expect([existsSync(dead), existsSync(alive)]).toEqual([false, true])
})

test('drops old entries of a kind, but those that are asked for and those of other kinds', async () => {
  for (const name of ['store-a', 'store-b', 'store-c', 'etcd-v1']) {
    const entry = await cached(session, name, async () => {})
    await utimes(entry, 0, 0)
  }
  await cached(session, 'store-b', async () => {})
  await dropOthers(session.place.cache, 'store', 'store-c')
  expect((await readdir(session.place.cache)).toSorted()).toEqual(['etcd-v1', 'scratch', 'store-b', 'store-c'])
})
