// Whom TLS trusts where nothing names an authority: besides Node's own list whom the system trusts, as with kubectl.
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

let isTrusted = false

/** For this process; call only where it is needed, since to read them all takes a while. */
export function trustSystem(): void {
  if (isTrusted) return
  isTrusted = true
  setDefaultCACertificates([...getCACertificates('default'), ...getCACertificates('system')])
}
