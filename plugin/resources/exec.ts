// Runs a command in a container and waits for its end, as `kubectl exec` does without a terminal.
import type { WebSocket } from 'ws'
import type { Cluster } from '../client/client.ts'
import { ConnectionError, type StatusBody } from '../io/errors.ts'
import { podsPath, type Pod } from './pods.ts'
import { LOST, openWebSocket } from '../client/websocket.ts'

export interface Executed {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function execInPod(
  cluster: Cluster,
  { metadata: { namespace, name } }: Pick<Pod, 'metadata'>,
  container: string,
  command: readonly string[],
  signal: AbortSignal
): Promise<Executed> {
  const query = new URLSearchParams([
    ['container', container],
    ['stdout', 'true'],
    ['stderr', 'true'],
    ...command.map((word): [string, string] => ['command', word])
  ])
  const path = `${podsPath(namespace)}/${encodeURIComponent(name)}/exec?${query.toString()}`
  return openWebSocket(cluster, path, 'v4.channel.k8s.io', (socket) => collect(socket, signal), signal)
}

/** Each frame begins with its channel: 1 stdout, 2 stderr, 3 how it ended. */
function collect(socket: WebSocket, signal: AbortSignal): Promise<Executed> {
  const channels = ['', '', '', '']
  const giveUp = (): void => socket.terminate()
  signal.addEventListener('abort', giveUp, { once: true })
  return new Promise<Executed>((resolve, reject) => {
    socket.on('message', (frame: Buffer) => {
      channels[frame[0] ?? 0] += frame.subarray(1).toString()
    })
    const fail = (cause: Error): void => reject(new ConnectionError('', cause))
    socket.on('error', fail)
    socket.once('close', () => {
      const [, stdout = '', stderr = '', ended = ''] = channels
      if (signal.aborted) reject(signal.reason as Error)
      else if (ended === '') fail(new Error(LOST))
      else resolve({ code: exitCode(ended), stdout, stderr: stderr || ended })
    })
  }).finally(() => signal.removeEventListener('abort', giveUp))
}

/** 126, as a shell has it, for a command that could not be started. */
function exitCode(text: string): number {
  const { status, details } = JSON.parse(text) as StatusBody & { readonly status?: string }
  if (status === 'Success') return 0
  const code = details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message
  return code === undefined ? 126 : Number(code)
}
