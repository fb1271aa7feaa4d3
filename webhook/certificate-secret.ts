// Keeps the serving certificate in one Secret, and its authority in the webhook configuration. Serves nothing itself.
import { bundleWith, inspect, issue, type ServingPair } from './certificates.ts'
import { ApiError, type Cluster } from './cluster.ts'

export interface CertificatePlace {
  readonly namespace: string
  readonly secret: string
  /** Of the MutatingWebhookConfiguration. */
  readonly configuration: string
  readonly dnsNames: readonly string[]
}

interface Secret {
  readonly metadata: { readonly resourceVersion: string }
  readonly data?: Readonly<Record<string, string>>
}

interface WebhookConfiguration {
  readonly metadata: { readonly resourceVersion: string }
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[]
}

/** The stored pair if it can serve, else a new one, its authority trusted before it is stored for use. */
export async function obtainCertificate(
  cluster: Cluster,
  place: CertificatePlace,
  lifetimeMs: number,
  now: () => Date
): Promise<ServingPair> {
  const path = `/api/v1/namespaces/${place.namespace}/secrets/${place.secret}`
  for (;;) {
    const secret = (await cluster.send('GET', path)) as Secret
    const stored = storedPair(secret)
    if (stored && typeof inspect(stored, place.dnsNames, now()) === 'object') {
      await trust(cluster, place, stored.authority, now())
      return stored
    }
    const issued = await issue(place.dnsNames, lifetimeMs, now())
    await trust(cluster, place, issued.authority, now())
    const data = { 'tls.crt': issued.certificate, 'tls.key': issued.key, 'ca.crt': issued.authority }
    const encoded = Object.fromEntries(Object.entries(data).map(([key, text]) => [key, encode(text)]))
    try {
      await cluster.send('PUT', path, { body: { ...secret, data: { ...secret.data, ...encoded } } })
      return issued
    } catch (error) {
      if (!isConflict(error)) throw error // another replica was faster: use what it stored
    }
  }
}

/** Adds the authority to the bundle that the API server trusts, keeping those that other replicas may still serve with. */
async function trust(
  cluster: Cluster,
  { configuration }: CertificatePlace,
  authority: string,
  now: Date
): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${configuration}`
  for (;;) {
    const { metadata, webhooks = [] } = (await cluster.send('GET', path)) as WebhookConfiguration
    const operations = webhooks.flatMap(({ clientConfig }, index) => {
      const current = clientConfig.caBundle ?? ''
      const wanted = encode(bundleWith(authority, decode(current), now))
      return wanted === current ? [] : [{ op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: wanted }]
    })
    if (operations.length === 0) return
    const test = { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion }
    try {
      await cluster.send('PATCH', `${path}?fieldManager=mirror-webhook`, {
        contentType: 'application/json-patch+json',
        body: [test, ...operations]
      })
      return
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
}

function storedPair({ data = {} }: Secret): (ServingPair & { authority: string }) | undefined {
  const { 'tls.crt': certificate, 'tls.key': key, 'ca.crt': authority } = data
  if (!certificate || !key || !authority) return undefined
  return { certificate: decode(certificate), key: decode(key), authority: decode(authority) }
}

/** A JSON patch whose `test` fails is a 422. */
function isConflict(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 422)
}

function decode(encoded: string): string {
  return Buffer.from(encoded, 'base64').toString('utf8')
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
