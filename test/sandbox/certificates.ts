// A throw-away authority and the certificates of one cluster's parts; knows nothing of who uses them how.
import { generateKeyPairSync, type KeyObject, webcrypto } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
// oxlint-disable-next-line import/no-unassigned-import -- a global that tsyringe, within x509, does not load without
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAYS = 30
const DAY = 86_400_000

x509.cryptoProvider.set(webcrypto)

export interface Subject {
  /** As in "O=system:masters, CN=admin". */
  name: { organisation?: string; common: string }
  dns?: readonly string[]
  ip?: readonly string[]
}

/** Files NAME.crt and NAME.key for each subject, ca.crt and ca.key, and the key pair sa.key and sa.pub. */
export async function writeCertificates(folder: string, subjects: Readonly<Record<string, Subject>>): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const ca = await authority()
  await writePair(folder, 'ca', ca.certificate, ca.keys)
  for (const [name, subject] of Object.entries(subjects)) {
    const keys = await generateKeys()
    await writePair(folder, name, await issue(subject, keys, ca), keys)
  }
  const account = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  await writeFile(join(folder, 'sa.key'), pem(account.privateKey, 'pkcs8'), { mode: 0o600 })
  await writeFile(join(folder, 'sa.pub'), pem(account.publicKey, 'spki'))
}

interface Authority {
  certificate: x509.X509Certificate
  keys: webcrypto.CryptoKeyPair
}

async function authority(): Promise<Authority> {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=sandbox-ca',
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
  return { certificate, keys }
}

async function issue(
  { name, dns = [], ip = [] }: Subject,
  keys: webcrypto.CryptoKeyPair,
  ca: Authority
): Promise<x509.X509Certificate> {
  const names = [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ip.map((value) => ({ type: 'ip' as const, value }))
  ]
  return x509.X509CertificateGenerator.create({
    subject: [...(name.organisation === undefined ? [] : [{ O: [name.organisation] }]), { CN: [name.common] }],
    issuer: ca.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(ca.keys.publicKey),
      ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)])
    ]
  })
}

/** From an hour ago: the clocks of two machines, or of a container and its host, differ. */
function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - DAY / 24), notAfter: new Date(Date.now() + DAYS * DAY) }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
}

async function writePair(
  folder: string,
  name: string,
  certificate: x509.X509Certificate,
  keys: webcrypto.CryptoKeyPair
): Promise<void> {
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
  await writeFile(join(folder, `${name}.key`), `${key}\n`, { mode: 0o600 })
  await writeFile(join(folder, `${name}.crt`), `${certificate.toString('pem')}\n`)
}

function pem(key: KeyObject, type: 'pkcs8' | 'spki'): string {
  return key.export({ type, format: 'pem' }) as string // a string, since the format is pem
}
