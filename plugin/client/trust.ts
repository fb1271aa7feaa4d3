// Whom TLS trusts: only the authority that a file names, or else those of the system. As in Go.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { getCACertificates, setDefaultCACertificates, type SecureContextOptions } from 'node:tls'
import { UserError } from '../io/errors.ts'
import { describeFileError } from '../io/system-errors.ts'

/** `ca`: PEM. Each certificate in it is trusted for itself: an intermediate, too, and that of the server alone. */
export function trustOnly(ca: Buffer | undefined): Pick<SecureContextOptions, 'ca' | 'allowPartialTrustChain'> {
  if (ca === undefined) {
    trustSystem()
    return {}
  }
  const certificates = (ca.toString('latin1').match(CERTIFICATE) ?? []).filter(isReadable)
  if (certificates.length === 0) {
    const why = ca.includes('-----BEGIN ')
      ? 'no valid certificate authority data seen'
      : 'unable to parse bytes as PEM block'
    throw new UserError(`unable to load root certificates: ${why}`)
  }
  return { ca: certificates, allowPartialTrustChain: true }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Go leaves a damaged one out, and trusts the others. */
function isReadable(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).subject !== null
  } catch {
    return false
  }
}

/** The inline form, or the file's content. */
export async function material<K extends string>(
  entry: { readonly [key in K | `${K}-data`]?: string },
  name: K
): Promise<Buffer | undefined> {
  const data = entry[`${name}-data`]
  const file = entry[name]
  if (data) return Buffer.from(data, 'base64')
  if (!file) return undefined
  return readFile(file).catch((cause: unknown) => {
    throw new UserError(describeFileError(cause, file), { cause })
  })
}

let isTrusted = false

/** For this process; only where it is needed, since to read them all takes a while. */
function trustSystem(): void {
  if (isTrusted) return
  isTrusted = true
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')])
}
