// How the controller learns whether admission reviewed its write: the API server does not say whether it called the webhook.

/** Of each write of ours. Tools treat managers named kubectl* as kubectl. */
export const FIELD_MANAGER = 'mirror-webhook'

const REVIEWED = 'kubectl-mirror reviewed this: '
const REVIEWED_WARNING = new RegExp(`${REVIEWED}(\\w+)(?:, policy (\\w*))?(, awaits target)?`)

export interface Reviewed {
  readonly outcome: string
  /** Version of the policy that the reviewing replica had. */
  readonly policy?: string | undefined
  /** Refused because a target is unknown; it may become known. */
  readonly awaitsTarget: boolean
}

/** The first warning of a response to our own write. No other client gets it. */
export function reviewedWarning({ outcome, policy = '', awaitsTarget }: Reviewed): string {
  return `${REVIEWED}${outcome}, policy ${policy}${awaitsTarget ? ', awaits target' : ''}`
}

/** Reads it from the API server's Warning header; undefined if admission was not reached. */
export function readReviewed(warningHeader: string): Reviewed | undefined {
  const [, outcome, policy, awaits] = REVIEWED_WARNING.exec(warningHeader) ?? []
  return outcome === undefined
    ? undefined
    : { outcome, policy: policy || undefined, awaitsTarget: awaits !== undefined }
}

/** The header's other warnings, one for each finding. Each is quoted (RFC 9110); its bytes are UTF-8. */
export function reviewedFindings(warningHeader: string): string[] {
  const header = Buffer.from(warningHeader, 'latin1').toString()
  const texts = Array.from(header.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))
  return texts.filter((text) => !text.startsWith(REVIEWED))
}
