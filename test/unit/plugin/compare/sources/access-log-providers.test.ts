import { expect, test } from 'vitest'
import {
  formatsIn,
  loggingOf,
  meshConfigOf,
  type MeshConfig,
  type Telemetry
} from '../../../../../plugin/compare/sources/access-log-providers.ts'
import { ISTIO_JSON, ISTIO_TEXT } from '../../../../../plugin/compare/sources/log-formats.ts'

const WORKLOAD = { namespace: 'shop', labels: { app: 'shop', version: 'v1' } }
const SHORT = '%REQ(:METHOD)% %REQ(:PATH)% %RESPONSE_CODE%'
const MESH: MeshConfig = {
  extensionProviders: [
    { name: 'short', envoyFileAccessLog: { path: '/dev/stdout', logFormat: { text: SHORT } } },
    {
      name: 'nested',
      envoyFileAccessLog: { logFormat: { labels: { a: { b: '%REQ(:PATH)%' } } }, omitEmptyValues: true }
    },
    { name: 'default-json', envoyFileAccessLog: { logFormat: { labels: {} } } },
    { name: 'file', envoyFileAccessLog: { path: '/var/log/access.log' } },
    { name: 'otel', envoyOtelAls: {} }
  ]
}

type Spec = NonNullable<Telemetry['spec']>

function telemetry(namespace: string, spec: Spec, name = 'one', creationTimestamp = '2026-01-01T00:00:00Z'): Telemetry {
  return { metadata: { name, namespace, creationTimestamp }, spec }
}

function by(provider: string, more: object = {}): Spec {
  return { accessLogging: [{ providers: [{ name: provider }], ...more }] }
}

function logging(telemetries: readonly Telemetry[], mesh: MeshConfig = MESH) {
  return loggingOf(mesh, telemetries, WORKLOAD)
}

const ON = (...formats: object[]) => ({ formats, isFiltered: false })
const OFF = ON()

test('is what MeshConfig says where no Telemetry says more', () => {
  expect(logging([], {})).toEqual(OFF)
  expect(logging([], { accessLogFile: '/dev/stdout' })).toEqual(ON(ISTIO_TEXT))
  expect(logging([], { accessLogFile: '/dev/stdout', accessLogFormat: SHORT })).toEqual(ON({ text: SHORT }))
  expect(logging([], { accessLogFile: '/dev/stdout', accessLogEncoding: 'JSON' })).toEqual(ON(ISTIO_JSON))
  const json = {
    accessLogFile: '/dev/stdout',
    accessLogEncoding: 'JSON',
    accessLogFormat: '{"a":{"b":"%PROTOCOL%"}}'
  }
  expect(logging([], json)).toEqual(ON({ json: { a: { b: '%PROTOCOL%' } } }))
  expect(logging([], { ...json, accessLogFormat: SHORT }), 'as istiod, where it is no JSON').toEqual(ON(ISTIO_JSON))
  expect(logging([], { accessLogFile: '/var/log/access.log' })).toEqual(OFF)
  expect(logging([], { ...MESH, defaultProviders: { accessLogging: ['short'] } })).toEqual(ON({ text: SHORT }))
})

test('takes the provider that a Telemetry chooses, with its format', () => {
  expect(logging([telemetry('istio-system', by('short'))])).toEqual(ON({ text: SHORT }))
  expect(logging([telemetry('shop', by('nested'))])).toEqual(
    ON({ json: { a: { b: '%REQ(:PATH)%' } }, omitsEmpty: true })
  )
  expect(logging([telemetry('shop', by('default-json'))])).toMatchObject(ON(ISTIO_JSON))
  expect(logging([telemetry('shop', by('file'))])).toEqual(OFF)
  expect(logging([telemetry('shop', by('otel'))])).toEqual(OFF)
  expect(logging([telemetry('shop', by('nosuch'))])).toEqual(OFF)
  const on = { ...MESH, accessLogFile: '/dev/stdout' }
  expect(logging([telemetry('shop', by('nosuch'))], on)).toEqual(ON(ISTIO_TEXT))
  expect(logging([telemetry('shop', by('otel'))], on)).toEqual(OFF)
})

test("gives Istio's own provider the mesh's format", () => {
  expect(logging([telemetry('shop', by('envoy'))], { accessLogFormat: SHORT })).toEqual(ON({ text: SHORT }))
  expect(logging([telemetry('shop', by('envoy'))], { accessLogEncoding: 'JSON' })).toEqual(ON(ISTIO_JSON))
})

test('lets the workload outweigh its namespace, and that the mesh; of several tells what either Istio makes of them', () => {
  const ofMesh = telemetry('istio-system', by('short'))
  const ofNamespace = telemetry('shop', by('default-json'))
  const selector = { matchLabels: { version: 'v1' } }
  const ofWorkload = telemetry('shop', { ...by('nested'), selector })
  const older = telemetry('shop', { ...by('envoy'), selector }, 'older', '2025-01-01T00:00:00Z')
  expect(logging([ofWorkload, ofNamespace, ofMesh])).toMatchObject({ formats: [{ omitsEmpty: true }] })
  expect(logging([ofMesh, ofNamespace])).toMatchObject(ON(ISTIO_JSON))
  expect(logging([ofWorkload, older])).toMatchObject({
    formats: [{ omitsEmpty: true }, ISTIO_TEXT],
    isUncertain: true
  })
  expect(logging([older, { ...older, metadata: { ...older.metadata, name: 'same' } }])).toEqual(ON(ISTIO_TEXT))
  const foreign = telemetry('shop', { ...by('nested'), selector: { matchLabels: { version: 'v2' } } })
  expect(logging([foreign, ofMesh])).toEqual(ON({ text: SHORT }))
})

test('knows what is disabled, of callers alone, and filtered', () => {
  const ofMesh = telemetry('istio-system', by('short'))
  const off = { accessLogging: [{ disabled: true }] }
  expect(logging([ofMesh, telemetry('shop', off)])).toEqual(OFF)
  expect(logging([telemetry('shop', by('short', { match: { mode: 'CLIENT' } }))])).toEqual(OFF)
  expect(logging([telemetry('shop', by('short', { match: { mode: 'SERVER' } }))])).toEqual(ON({ text: SHORT }))
  const filter = { expression: 'response.code >= 500' }
  expect(logging([telemetry('shop', by('short', { filter }))])).toEqual({
    formats: [{ text: SHORT }],
    isFiltered: true
  })
})

test('honours another root namespace', () => {
  const mesh = { ...MESH, rootNamespace: 'mesh' }
  expect(logging([telemetry('mesh', by('short'))], mesh)).toEqual(ON({ text: SHORT }))
  expect(logging([telemetry('istio-system', by('short'))], mesh)).toEqual(OFF)
})

test('formatsIn is all that a mesh knows', () => {
  expect(formatsIn(MESH)).toMatchObject([ISTIO_TEXT, { text: SHORT }, { omitsEmpty: true }, ISTIO_JSON])
})

test.each<unknown>([
  null,
  'text',
  5,
  [],
  { extensionProviders: {} },
  { extensionProviders: [null, 'envoy', { name: 5 }, { name: 'short', envoyFileAccessLog: null }] },
  { extensionProviders: [{ name: 'short', envoyFileAccessLog: { logFormat: { text: 5, labels: 'x' } } }] },
  { accessLogFormat: { a: 1 }, accessLogFile: '/dev/stdout', defaultProviders: null },
  { defaultProviders: { accessLogging: 'envoy' } }
])('meshConfigOf makes something of %j', (parsed) => {
  const mesh = meshConfigOf(parsed)
  expect(logging([telemetry('shop', by('short'))], mesh).formats.length).toBeLessThanOrEqual(1)
  expect(formatsIn(mesh)[0]).toEqual(ISTIO_TEXT)
})
