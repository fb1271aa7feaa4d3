// Writes a kubeconfig that needs no other file; knows nothing of the rights of the one whom it names.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface Access {
  pki: string
  /** The certificate's file name in `pki`, without its ending. */
  user: string
  server: string
  context: string
}

export async function writeKubeconfig(file: string, { pki, user, server, context }: Access): Promise<void> {
  const [authority, certificate, key] = await Promise.all(
    ['ca.crt', `${user}.crt`, `${user}.key`].map((name) => readFile(join(pki, name), 'base64'))
  )
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: context, cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: user, user: { 'client-certificate-data': certificate, 'client-key-data': key } }],
    contexts: [{ name: context, context: { cluster: context, user } }],
    'current-context': context
  }
  // JSON is YAML.
  await writeFile(file, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 })
}
