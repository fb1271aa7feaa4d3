// The errors that a command may throw, and kubectl's words for each. Prints nothing.
import { describeConnection } from './system-errors.ts'
import { stripControlsByLine } from './sanitize.ts'

/** A mistake of the user's, or a situation that only the user can change: each line is printed after `error: `. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly messages: readonly string[]

  constructor(message: string | readonly string[], options?: ErrorOptions) {
    const messages = typeof message === 'string' ? [message] : message
    super(messages.join('; '), options)
    this.messages = messages
  }
}

/** What the user may not read is unknown, not absent. */
export class MissingRight extends UserError {
  /** `right`: `list services in namespace shop`. */
  constructor(right: string, cause: ApiError) {
    super(`you may not ${right}`, { cause })
  }
}

/** `right`: `list services in namespace shop`. Any other error than a missing right is itself. */
export function asMissingRight(error: unknown, right: string): unknown {
  return error instanceof ApiError && error.status === 403 ? new MissingRight(right, error) : error
}

/** All that is wrong with the chosen cluster and user; kubectl has a form of its own for it. */
export class ConfigurationError extends UserError {}

/** A refusal by the API server: what its Status object says. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: string
  /** `details` and `metadata` of the Status: causes, the name asked for, a continue token. */
  readonly body: StatusBody

  constructor(status: number, body: StatusBody) {
    super(body.message || `the server responded with the status code ${status} but did not return more information`)
    this.status = status
    this.reason = body.reason ?? ''
    this.body = body
  }
}

export interface StatusBody {
  readonly message?: string
  readonly reason?: string
  readonly metadata?: { readonly continue?: string }
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  }
}

/** The API server could not be reached, or broke off. `host` is as kubectl names it. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  readonly host: string

  constructor(host: string, cause: Error) {
    super(cause.message, { cause })
    this.host = host
  }
}

/** Nothing came on a connection for so long that it must be dead, though it has no end. */
export class DeadConnection extends Error {
  override readonly name = 'DeadConnection'

  /** Milliseconds. */
  constructor(silence: number) {
    super(`the connection is dead: nothing came for ${silence / 1000} s`)
  }
}

/** Whether that is what an error says in the end. */
export function isDeadConnection(error: unknown): boolean {
  return error instanceof Error && (error instanceof DeadConnection || isDeadConnection(error.cause))
}

/** The connection broke in the middle of a response; kubectl then mentions no connection. */
export class BrokenAnswerError extends ConnectionError {
  constructor(cause: NodeJS.ErrnoException) {
    // Node gives only a code for an early end.
    const why = cause.code === undefined ? cause.message : 'unexpected EOF'
    super('', new Error(`unexpected error when reading response body. Please retry. Original error: ${why}`, { cause }))
  }
}

export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404
}

/** `otherwise`, if the server refuses with one of these statuses; without any: however it refuses. */
export async function unlessRefused<T, O>(work: Promise<T>, otherwise: O, ...statuses: number[]): Promise<T | O> {
  try {
    return await work
  } catch (error) {
    if (error instanceof ApiError && (statuses.length === 0 || statuses.includes(error.status))) return otherwise
    throw error
  }
}

/** The server refused. After any other error, a lost response too, the write may have succeeded. */
export function isRefusal(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status < 500
}

/** One message for stderr, in kubectl's words. It may quote servers, webhooks and credential plugins: harmless on a terminal. */
export function describeError(error: unknown): string {
  return stripControlsByLine(describe(error))
}

/** kubectl's StandardErrorMessage. */
function describe(error: unknown): string {
  if (error instanceof ApiError) return describeStatus(error)
  if (error instanceof ConnectionError && !(error instanceof BrokenAnswerError)) {
    return describeConnection(error.host, error.cause as Error) // it has no other
  }
  if (error instanceof ConfigurationError) return describeConfiguration(error)
  if (error instanceof UserError) return error.messages.map((message) => `error: ${message}`).join('\n')
  return `error: ${error instanceof Error ? error.message : String(error)}`
}

function describeConfiguration({ messages: problems }: ConfigurationError): string {
  const prefix = 'Error in configuration: '
  if (problems.length > 1) return [prefix, ...problems.map((problem) => `* ${problem}`)].join('\n')
  return `${problems[0]?.startsWith('context was not found') ? prefix : 'error: '}${problems[0]}`
}

function describeStatus({ reason, message, body }: ApiError): string {
  if (reason === 'Unauthorized') return `error: You must be logged in to the server (${message})`
  if (reason === 'Invalid' && body.details?.kind) {
    const causes = (body.details.causes ?? []).map(({ field, message: why }) => `${field}: ${why}`)
    const subject = `The ${body.details.kind} "${body.details.name ?? ''}" is invalid`
    if (causes.length === 1) return `${subject}: ${causes[0]}`
    if (causes.length > 1) return `${subject}: \n${causes.map((cause) => `* ${cause}`).join('\n')}`
  }
  return reason ? `Error from server (${reason}): ${message}` : `Error from server: ${message}`
}
