// disable where no webhook strips: what is left of a mirror in the object and in its field managers, which is nothing.
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { testNamespace, virtualService } from './namespace.ts'
import { tryKubectl } from './run.ts'
import { kubectl } from '../own-server.ts'

const { run, apply, get, owners, create, reset } = testNamespace('plugin-disable')

beforeAll(create)
beforeEach(reset)

test('--direct mirrors, disable gives back the spec byte for byte and every field to its owner', async () => {
  const spec = await get('{.spec}')
  const ownedBefore = await owners()
  const enabled = await run('enable', 'httpbin', '--to', 'v2', '--percent', '25', '--direct')
  expect(enabled).toEqual({
    code: 0,
    stderr: expect.stringMatching(/^Warning: spec\.http\[1\]: httpbin\/v2 gets bodies of any size[^\n]*\n$/),
    stdout: `virtualservice.networking.istio.io/httpbin mirrored (1 of 2 rules)
  spec.http[0]: not mirrored: this rule redirects; Envoy mirrors only rules that route
  spec.http[1] "api": v1 -> v2, 25%
`
  })
  expect(await get('{.spec.http[1].mirror}{.spec.http[1].mirrorPercentage}')).toBe(
    '{"host":"httpbin","subset":"v2"}{"value":25}'
  )
  const ownedBetween = await owners()
  expect(
    ownedBetween.filter((owner) => owner.includes('f:http')),
    'the rules are not ours'
  ).toEqual(ownedBefore.filter((owner) => owner.includes('f:http')))
  const disabled = await run('disable', 'vs/httpbin')
  expect(disabled).toEqual({
    code: 0,
    stderr: '',
    stdout: 'virtualservice.networking.istio.io/httpbin no longer mirrored\n'
  })
  expect(await get('{.spec}')).toBe(spec)
  expect(await get('{.metadata.annotations}')).toBe('')
  expect(await owners()).toEqual(ownedBefore)
})

test('the manager of the rules applies others without a conflict, while they are mirrored and after', async () => {
  const again = (timeout: string) => {
    const object = JSON.parse(JSON.stringify(virtualService()).replace('5s', timeout)) as object
    return apply(object)
  }
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  await again('6s')
  expect((await run('status', 'httpbin', '-o', 'jsonpath={.state.code}')).stdout, 'the apply has undone it').toBe(
    'Drifted'
  )
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  expect(await get('{.spec.http[1].mirror}'), 'and is undone itself').toBe('{"host":"httpbin","subset":"v2"}')
  await run('disable', 'httpbin')
  await again('7s')
  expect(await get('{.spec.http[1]}')).toBe(
    '{"name":"api","route":[{"destination":{"host":"httpbin","subset":"v1"}}],"timeout":"7s"}'
  )
})

test('disable leaves a mirror that was typed by hand, and says so', async () => {
  const byHand = JSON.parse(
    JSON.stringify(virtualService()).replace(
      '"timeout"',
      '"mirror":{"host":"httpbin","subset":"v2"},"mirror_percent":100,"timeout"'
    )
  ) as object
  await apply(byHand)
  const { code, stdout } = await run('disable', 'httpbin')
  expect(code).toBe(0)
  expect(stdout).toBe(
    'virtualservice.networking.istio.io/httpbin unchanged (not mirrored by kubectl-mirror; its mirror to v2 was not made by kubectl-mirror: edit spec.http)\n'
  )
  const status = await run('status', 'httpbin', '--no-headers')
  expect(status.stdout).toMatch(/^httpbin +v1 +v2 +100 +<all> +ByHand +<never>\n$/)
})

test('disable --all and -l take what they name, and nothing else', async () => {
  await apply(virtualService('a', { labels: { team: 'x' } }), virtualService('b', { labels: { team: 'y' } }))
  for (const name of ['a', 'b', 'httpbin']) await run('enable', name, '--to', 'v2', '--direct')
  const mirrored = async () =>
    (await run('status', '-o', 'name')).stdout
      .trim()
      .split('\n')
      .map((line) => line.split('/')[1])
  expect(await mirrored()).toEqual(['a', 'b', 'httpbin'])
  const none = await run('disable', '-A', '-l', ' ')
  expect(none).toMatchObject({ code: 1, stdout: '' })
  expect(none.stderr).toContain('an empty selector selects everything')
  expect((await run('disable', '-l', 'team=x', '-o', 'name')).stdout).toBe('virtualservice.networking.istio.io/a\n')
  expect(await mirrored()).toEqual(['b', 'httpbin'])
  await run('disable', '--all')
  const empty = await run('status')
  expect(empty).toEqual({
    code: 0,
    stdout: '',
    stderr: `No mirrored VirtualServices found in plugin-disable namespace.\n`
  })
})

test('disable wins over a client that writes all the time', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--direct')
  const stop = new AbortController()
  const writer = (async () => {
    for (let count = 0; !stop.signal.aborted; count++) {
      await tryKubectl(['-n', 'plugin-disable', 'label', 'virtualservice', 'httpbin', `count=${count}`, '--overwrite'])
    }
  })()
  const { code } = await run('disable', 'httpbin')
  stop.abort()
  await writer
  expect(code).toBe(0)
  expect(await get('{.spec.http[*].mirror}')).toBe('')
})

test('at no moment there is a mirror without its record, so that whatever breaks off a disable leaves it to the next', async () => {
  await run('enable', 'httpbin', '--to', 'v2', '--method', 'GET', '--direct')
  const version = await get('{.metadata.resourceVersion}')
  await run('disable', 'httpbin')
  const query = `watch=1&timeoutSeconds=1&resourceVersion=${version}`
  const path = `/apis/networking.istio.io/v1/namespaces/plugin-disable/virtualservices?${query}`
  const events = (await kubectl(['get', '--raw', path])).trim().split('\n')
  expect(events.length).toBeGreaterThan(0)
  for (const event of events) expect(event.includes('"mirror":')).toBe(event.includes('"kubectl-mirror.dev/injected":'))
})

test('one name that is mistyped leaves no other mirrored', async () => {
  await apply(virtualService('other'))
  for (const name of ['httpbin', 'other']) await run('enable', name, '--to', 'v2', '--direct')
  const { code, stdout, stderr } = await run('disable', 'nope', 'httpbin', 'other', '-o', 'yaml')
  expect(code).toBe(1)
  expect(stderr).toBe('Error from server (NotFound): virtualservices.networking.istio.io "nope" not found\n')
  const { kind, items } = parse(stdout) as { kind: string; items: readonly { metadata: { name: string } }[] }
  expect([kind, ...items.map(({ metadata }) => metadata.name)]).toEqual(['List', 'httpbin', 'other'])
  expect((await run('status')).stderr).toMatch(/^No mirrored VirtualServices found/)
})
