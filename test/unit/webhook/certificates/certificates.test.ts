// Certificates that others provide: each that a client of the API server's kind, or OpenSSL, refuses is refused by us first.
import type { webcrypto } from 'node:crypto'
import { expect, test } from 'vitest'
import { inspect, type ServingPair } from '../../../../webhook/certificates/certificates.ts'
import { createMetrics } from '../../../../webhook/kubernetes/metrics.ts'
import { createServingCertificate, encode } from '../../../../webhook/certificates/serving-certificate.ts'

await import('reflect-metadata') // x509's own condition
const x509 = await import('@peculiar/x509')

const NAME = 'a.ns.svc'
const DAY = 86_400_000
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const RSA_1024 = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 1024,
  publicExponent: new Uint8Array([1, 0, 1])
}

interface Made {
  readonly pem: string
  readonly key: string
  readonly subject: string
  readonly keys: webcrypto.CryptoKeyPair
}

interface Wish {
  readonly subject: string
  readonly issuer?: Made
  readonly algorithm?: typeof ECDSA | typeof RSA_1024
  readonly authority?: boolean
  readonly names?: readonly string[]
  readonly usage?: string
  readonly days?: number
}

async function make({
  subject,
  issuer,
  algorithm = ECDSA,
  authority = false,
  names,
  usage,
  days = 1
}: Wish): Promise<Made> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const extensions = [
    new x509.BasicConstraintsExtension(authority),
    ...(usage ? [new x509.ExtendedKeyUsageExtension([usage])] : []),
    ...(names ? [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value })))] : [])
  ]
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${subject}`,
    issuer: `CN=${issuer?.subject ?? subject}`,
    publicKey: keys.publicKey,
    signingKey: (issuer?.keys ?? keys).privateKey,
    signingAlgorithm: issuer ? ECDSA : algorithm,
    notBefore: new Date(Date.now() - 2 * DAY),
    notAfter: new Date(Date.now() + days * DAY),
    extensions
  })
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  return { pem: `${certificate.toString('pem')}\n`, key, subject, keys }
}

const root = await make({ subject: 'root', authority: true })
const intermediate = await make({ subject: 'intermediate', authority: true, issuer: root })
const leaf = await make({ subject: 'leaf', names: [NAME], issuer: intermediate })

async function signedBy(wish: Wish): Promise<ServingPair> {
  const issuer = await make({ issuer: root, ...wish })
  const { pem, key } = await make({ subject: 'leaf', names: [NAME], issuer })
  return { certificate: pem + issuer.pem, key }
}

const pairOf = ({ pem, key }: Made, ...chain: readonly string[]): ServingPair => ({
  certificate: [pem, ...chain].join(''),
  key
})

test.for([
  ['a chain', pairOf(leaf, intermediate.pem, root.pem)],
  ['a chain in another order', pairOf(leaf, root.pem, intermediate.pem)],
  ['a chain with words between', pairOf(leaf, 'Bag Attributes: none\n', intermediate.pem)],
  ['the key beside it', pairOf(leaf, leaf.key, '\n', intermediate.pem)],
  ['a wildcard', pairOf(await make({ subject: 'w', names: ['*.ns.svc'] }))],
  ['a usage for servers', pairOf(await make({ subject: 'u', names: [NAME], usage: x509.ExtendedKeyUsage.serverAuth }))]
] as const)('takes %s', ([, pair]) => {
  expect(inspect(pair, [NAME], new Date())).toHaveProperty('to')
})

const DAMAGED = intermediate.pem.replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA')

const REFUSED = [
  ['a weak key', pairOf(await make({ subject: 'weak', names: [NAME], algorithm: RSA_1024 })), /key too small/],
  ['no SAN, but the subject', pairOf(await make({ subject: NAME })), /is not for a\.ns\.svc; it is for no name/],
  [
    'another SAN',
    pairOf(await make({ subject: NAME, names: ['b.svc'] })),
    /is not for a\.ns\.svc; it is for DNS:b\.svc/
  ],
  [
    'a usage for clients',
    pairOf(await make({ subject: 'c', names: [NAME], usage: x509.ExtendedKeyUsage.clientAuth })),
    /lacks serverAuth/
  ],
  ['an end', pairOf(await make({ subject: 'e', names: [NAME], days: -1 })), /expired at/],
  ['a damaged chain', pairOf(leaf, DAMAGED), /certificate 2 of tls\.crt is damaged/],
  ['a chain that is cut off', pairOf(leaf, intermediate.pem.slice(0, 200)), /certificate 2 of tls\.crt is damaged/],
  [
    'the chain of another',
    pairOf(leaf, (await make({ subject: 'intermediate', authority: true })).pem),
    /did not sign/
  ],
  ['an issuer that is no authority', await signedBy({ subject: 'none' }), /"CN=none" is not a CA/],
  ['an issuer that has ended', await signedBy({ subject: 'old', authority: true, days: -1 }), /"CN=old" expired/],
  ['the key of another', { certificate: leaf.pem, key: root.key }, /the key does not match the certificate/],
  ['nothing', { certificate: 'x', key: leaf.key }, /no certificate/]
] as const

test.for(REFUSED)('refuses %s, counts it, and is not ready for that reason', async ([, pair, reason]) => {
  expect(inspect(pair, [NAME], new Date())).toMatch(reason)
  const { certificate: metrics } = createMetrics()
  const log = { warn: () => undefined, info: () => undefined }
  const use = () => expect.unreachable()
  const changed = (): void => undefined
  const serving = createServingCertificate({
    now: () => new Date(),
    secret: 's',
    dnsNames: [NAME],
    metrics,
    log,
    use,
    changed
  })
  const data = { 'tls.crt': encode(pair.certificate), 'tls.key': encode(pair.key) }
  serving.sink.put({ metadata: { name: 's' }, data })
  expect(serving.missing()).toMatch(reason)
  expect((await metrics.rejected.get()).values).toMatchObject([{ value: 1 }])
})
