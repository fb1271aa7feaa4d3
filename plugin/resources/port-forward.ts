// A connection to a port of a pod, through the API server and the kubelet, as a stream. Knows nothing of what is said on it.
import { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { Cluster } from '../client/client.ts'
import { podsPath, type Pod } from './pods.ts'
import { openWebSocket } from '../client/websocket.ts'

/**
 * One connection, as `kubectl port-forward` opens for each that it accepts. client-node's own keeps no back-pressure and
 * does not report the end. The kubelet's protocol: frames of a channel's number and bytes; on either channel the first
 * frame is the port. `signal` gives up the opening alone.
 */
export async function openPort(
  cluster: Cluster,
  pod: Pick<Pod, 'metadata'>,
  port: number,
  signal: AbortSignal
): Promise<Duplex> {
  const { namespace, name } = pod.metadata
  const path = `${podsPath(namespace)}/${encodeURIComponent(name)}/portforward?ports=${port}`
  return openWebSocket(cluster, path, 'v4.channel.k8s.io', (socket) => new PortStream(socket), signal)
}

const DATA = 0
const ERROR = 1

class PortStream extends Duplex {
  readonly #socket: WebSocket
  readonly #opened = new Set<number>()

  constructor(socket: WebSocket) {
    super()
    this.#socket = socket
    // It may fail before its opener listens, and after it has stopped: `errored` says so.
    this.on('error', () => {})
    socket.on('message', (frame: Buffer) => this.#take(frame))
    socket.on('error', (error) => this.destroy(error))
    socket.on('close', () => this.push(null))
  }

  override _read(): void {
    this.#socket.resume()
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.send(Buffer.concat([Buffer.of(DATA), chunk]), done)
  }

  /** The protocol cannot close one direction. */
  override _final(done: () => void): void {
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.terminate()
    done(error)
  }

  #take(frame: Buffer): void {
    const channel = frame[0]!
    if (!this.#opened.has(channel)) return void this.#opened.add(channel)
    const bytes = frame.subarray(1)
    if (channel === ERROR) this.destroy(new Error(bytes.toString().trim()))
    else if (!this.push(bytes)) this.#socket.pause()
  }
}
