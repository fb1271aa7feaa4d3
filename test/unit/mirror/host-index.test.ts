// The index finds a host's own entries first, then those of its patterns, the longest first; and none that was removed.
import { expect, test } from 'vitest'
import { createHostIndex } from '../../../mirror/host-index.ts'

const HOST = 'web.shop.svc.cluster.local'

test('finds a host itself, then its patterns from the longest on', () => {
  const index = createHostIndex<string>()
  for (const host of [
    '*',
    '*.local',
    HOST,
    '*.shop.svc.cluster.local',
    '*.other.svc.cluster.local',
    '*b.shop.svc.cluster.local'
  ])
    index.add(host, 'DestinationRule shop/web', host)
  const patterns = ['*b.shop.svc.cluster.local', '*.shop.svc.cluster.local', '*.local', '*']
  expect(index.find(HOST)).toEqual([HOST, ...patterns])
  expect(index.find('*.local')).toEqual(['*.local', '*'])
})

test('without a pattern, or when the last one is removed, only the host counts', () => {
  const index = createHostIndex<string>()
  index.add(HOST, 'one', 'a')
  index.add(HOST, 'two', 'b')
  expect(index.find(HOST)).toEqual(['a', 'b'])
  index.add('*.local', 'one', 'c')
  index.add('*.local', 'two', 'd')
  index.remove('*.local', 'one')
  expect(index.find(HOST)).toEqual(['a', 'b', 'd'])
  index.remove('*.local', 'two')
  index.remove('*.local', 'two')
  index.remove(HOST, 'one')
  expect(index.find(HOST)).toEqual(['b'])
  index.add('*.local', 'one', 'e')
  expect(index.find(HOST)).toEqual(['b', 'e'])
})
