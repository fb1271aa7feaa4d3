// The flags that every verb takes, with the names, shorthands and words of kubectl's own (k8s.io/cli-runtime).
import { Option } from 'commander'

export interface GlobalFlags {
  readonly kubeconfig?: string
  readonly context?: string
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
  readonly server?: string
  readonly token?: string
  readonly as?: string
  readonly asGroup?: readonly string[]
  readonly asUid?: string
  readonly certificateAuthority?: string
  readonly clientCertificate?: string
  readonly clientKey?: string
  readonly insecureSkipTlsVerify?: boolean
  readonly tlsServerName?: string
  readonly requestTimeout?: string
  readonly v?: string
}

/** To kubectl, a flag that is empty (`--context "$UNSET"`) is one that was not given. */
export function withoutEmpty(flags: GlobalFlags): GlobalFlags {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== ''))
}

export function globalOptions(): Option[] {
  return [
    new Option('--as <user>', 'Username to impersonate for the operation.'),
    new Option('--as-group <group...>', 'Group to impersonate for the operation; may be repeated.'),
    new Option('--as-uid <uid>', 'UID to impersonate for the operation.'),
    new Option('--certificate-authority <file>', 'Path to a cert file for the certificate authority.'),
    new Option('--client-certificate <file>', 'Path to a client certificate file for TLS.'),
    new Option('--client-key <file>', 'Path to a client key file for TLS.'),
    new Option('--cluster <name>', 'The name of the kubeconfig cluster to use.'),
    new Option('--context <name>', 'The name of the kubeconfig context to use.'),
    new Option(
      '--insecure-skip-tls-verify',
      "Don't check the server's certificate. This makes the connection insecure."
    ),
    new Option('--kubeconfig <file>', 'Path to the kubeconfig file to use for CLI requests.'),
    new Option('-n, --namespace <name>', 'The namespace scope for this CLI request.'),
    new Option(
      '--request-timeout <duration>',
      'How long to wait for one server request: 1s, 2m, 3h; 0 means no time-out.'
    ),
    new Option('-s, --server <url>', 'The address and port of the Kubernetes API server.'),
    new Option('--tls-server-name <name>', "Server name to check the server's certificate against."),
    new Option('--token <token>', 'Bearer token for authentication to the API server.'),
    new Option('--user <name>', 'The name of the kubeconfig user to use.'),
    new Option('-v, --v <level>', 'Log level verbosity; 6 shows each request, 8 also what it sends.')
  ]
}
