// How admission and the controller know each other through the API server, which does not say whether it called us.

/** Of every write of ours: in the object's managed fields, and in admission. Tools treat managers named kubectl* apart. */
export const FIELD_MANAGER = 'mirror-webhook'

const REVIEWED = 'kubectl-mirror reviewed this: '
const REVIEWED_WARNING = new RegExp(`${REVIEWED}(\\w+)(?:, policy (\\w*))?(, awaits target)?`)

export interface Reviewed {
  readonly outcome: string
  /** Version of the policy that was in force where it was reviewed. */
  readonly policy?: string | undefined
  /** Refused because a target is not known to exist: another mesh may change that. */
  readonly awaitsTarget: boolean
}

/** The first warning of an answer to a write of our own. No other client gets it. */
export function reviewedWarning({ outcome, policy = '', awaitsTarget }: Reviewed): string {
  return `${REVIEWED}${outcome}, policy ${policy}${awaitsTarget ? ', awaits target' : ''}`
}

/** What the API server's Warning header says of it; undefined when admission was not reached. */
export function readReviewed(warningHeader: string): Reviewed | undefined {
  const [, outcome, policy, awaits] = REVIEWED_WARNING.exec(warningHeader) ?? []
  return outcome === undefined
    ? undefined
    : { outcome, policy: policy || undefined, awaitsTarget: awaits !== undefined }
}

/** The other warnings of the header, which say what was found: each is quoted (RFC 9110), and its bytes are UTF-8. */
export function reviewedFindings(warningHeader: string): string[] {
  const header = Buffer.from(warningHeader, 'latin1').toString()
  const texts = Array.from(header.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))
  return texts.filter((text) => !text.startsWith(REVIEWED))
}
