// The flags that every command takes, with the names, shorthands and words of kubectl's own (k8s.io/cli-runtime).
import { flags, list, on, text, type FlagsOf } from '../io/flags.ts'

export const GLOBAL_FLAGS = flags(
  text('--as <user>', 'Username to impersonate for the operation.'),
  list('--as-group <group...>', 'Group to impersonate for the operation; may be repeated.'),
  text('--as-uid <uid>', 'UID to impersonate for the operation.'),
  text('--certificate-authority <file>', 'Path to a cert file for the certificate authority.', 'files'),
  text('--client-certificate <file>', 'Path to a client certificate file for TLS.', 'files'),
  text('--client-key <file>', 'Path to a client key file for TLS.', 'files'),
  text('--cluster <name>', 'The name of the kubeconfig cluster to use.', 'clusters'),
  text('--context <name>', 'The name of the kubeconfig context to use.', 'contexts'),
  on('--insecure-skip-tls-verify', "Don't check the server's certificate. This makes the connection insecure."),
  text('--kubeconfig <file>', 'Path to the kubeconfig file to use for CLI requests.', 'files'),
  text('-n, --namespace <name>', 'The namespace scope for this CLI request.', 'namespaces'),
  text(
    '--request-timeout <duration>',
    'How long to wait for one server request: 1s, 2m, 3h; 0 means no time-out. Otherwise one ends after 75 s of silence.'
  ),
  text('-s, --server <url>', 'The address and port of the Kubernetes API server.'),
  text('--tls-server-name <name>', "Server name to check the server's certificate against."),
  text('--token <token>', 'Bearer token for authentication to the API server.'),
  text('--user <name>', 'The name of the kubeconfig user to use.', 'users'),
  text('-v, --v <level>', 'Log level verbosity; 6 shows each request, 8 also what it sends.')
)

export type GlobalFlags = FlagsOf<typeof GLOBAL_FLAGS>

/** To kubectl, a flag that is empty (`--context "$UNSET"`) is one that was not given. */
export function withoutEmpty(given: GlobalFlags): GlobalFlags {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''))
}
