// A root, an intermediate authority and a server's certificate: what a chain is made of. Knows no server.
import { webcrypto } from 'node:crypto'
// oxlint-disable-next-line import/no-unassigned-import -- a global that tsyringe, within x509, does not load without
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

/** PEM. */
export interface Chain {
  readonly root: string
  readonly intermediate: string
  readonly leaf: string
  readonly key: string
}

/** The leaf is for `localhost`, 127.0.0.1 and ::1. */
export async function makeChain(): Promise<Chain> {
  x509.cryptoProvider.set(webcrypto)
  const [root, intermediate, leaf] = await Promise.all([newKeys(), newKeys(), newKeys()])
  const names = new x509.SubjectAlternativeNameExtension([
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' }
  ])
  const [top, middle, end] = await Promise.all([
    sign('root', root, 'root', root, AUTHORITY),
    sign('intermediate', intermediate, 'root', root, AUTHORITY),
    sign('server', leaf, 'intermediate', intermediate, [names])
  ])
  const key = await webcrypto.subtle.exportKey('pkcs8', leaf.privateKey)
  return { root: top, intermediate: middle, leaf: end, key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
}

const AUTHORITY = [
  new x509.BasicConstraintsExtension(true, undefined, true),
  new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)
]

async function sign(
  subject: string,
  keys: webcrypto.CryptoKeyPair,
  issuer: string,
  signer: webcrypto.CryptoKeyPair,
  extensions: x509.Extension[]
): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `CN=${subject}`,
    issuer: `CN=${issuer}`,
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions
  })
  return certificate.toString('pem')
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}
