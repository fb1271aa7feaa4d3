// The webhook as most would write it: express reads the JSON, the edit is made on a deep clone, the whole objects are compared.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import express from 'express'
import jsonPatch from 'fast-json-patch'

interface Destination {
  readonly host: string
}

interface Review {
  readonly request: {
    readonly uid: string
    readonly object: {
      readonly metadata: { readonly annotations: Record<string, string> }
      readonly spec: {
        readonly http: { route: { destination: Destination }[]; mirror?: Destination; mirrorPercentage?: object }[]
      }
    }
  }
}

const [folder, port] = process.argv.slice(2)
const app = express()
app.use(express.json({ limit: '7mb' }))
app.post('/mutate', (request, response) => {
  const { uid, object } = (request.body as Review).request // express knows no review
  const edited = structuredClone(object)
  const { annotations } = edited.metadata
  const subset = annotations['kubectl-mirror.dev/to']!
  for (const rule of edited.spec.http) {
    rule.mirror = { ...rule.route[0]!.destination, subset } as Destination
    rule.mirrorPercentage = { value: 100 }
  }
  annotations['kubectl-mirror.dev/injected'] = `httpbin:8000/${subset}=100`
  const patch = Buffer.from(JSON.stringify(jsonPatch.compare(object, edited))).toString('base64')
  response.json({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true, patchType: 'JSONPatch', patch }
  })
})
const tls = { cert: readFileSync(`${folder}/tls.crt`), key: readFileSync(`${folder}/tls.key`) }
const server = createServer(tls, app)
server.keepAliveTimeout = 100_000
server.listen(Number(port), '127.0.0.1')
