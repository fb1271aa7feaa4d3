// What a ServiceDirectory costs, however many VirtualServices are looked up in it.
import { expect, test } from 'vitest'
import type { Cluster } from '../../../../plugin/client/client.ts'
import { ServiceDirectory } from '../../../../plugin/resources/services.ts'

test('each DestinationRule is read once, and found by its host or its pattern', async () => {
  let reads = 0
  const rule = (host: string) => ({
    metadata: { name: `of-${host.replace('*', 'all')}`, namespace: 'shop' },
    get spec() {
      reads++
      return { host, subsets: [{ name: `v2-of-${host}` }] }
    }
  })
  const items = [rule('*.shop.svc.cluster.local'), ...Array.from({ length: 50 }, (_, index) => rule(`web-${index}`))]
  const cluster = {
    async *list(path: string) {
      yield { items: path.includes('/namespaces/shop/') ? items : [] }
    }
  } as unknown as Cluster // no more is asked of it
  const directory = new ServiceDirectory(cluster)
  const found = async (host: string) => [...(await directory.subsets(host, 'shop', ['shop'])).keys()]
  expect(await found('web-7')).toEqual(['v2-of-web-7'])
  const afterOne = reads
  for (let index = 0; index < 50; index++) expect(await found(`web-${index}`)).toEqual([`v2-of-web-${index}`])
  expect(await found('other')).toEqual(['v2-of-*.shop.svc.cluster.local'])
  expect(await directory.limited({ host: 'web-7', subset: 'v9' }, 'prod', ['shop'])).toBeUndefined()
  expect(reads).toBe(afterOne)
})
