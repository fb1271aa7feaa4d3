// How admission and the controller know each other through the API server, which does not say whether it called us.

/** Of every write of ours: in the object's managed fields, and in admission. Tools treat managers named kubectl* apart. */
export const FIELD_MANAGER = 'mirror-webhook'

const REVIEWED = 'kubectl-mirror reviewed this: '

/** The first warning of an answer to a write of our own. Nobody else sees it. */
export function reviewedWarning(outcome: string): string {
  return REVIEWED + outcome
}

/** The outcome in the API server's Warning header; undefined when admission was not reached. */
export function reviewedOutcome(warningHeader: string): string | undefined {
  return new RegExp(`${REVIEWED}(\\w+)`).exec(warningHeader)?.[1]
}

/** The other warnings of the header, which say what was found: each is quoted (RFC 9110), and its bytes are UTF-8. */
export function reviewedFindings(warningHeader: string): string[] {
  const header = Buffer.from(warningHeader, 'latin1').toString()
  const texts = Array.from(header.matchAll(/"((?:[^"\\]|\\.)*)"/g), ([, text = '']) => text.replaceAll(/\\(.)/g, '$1'))
  return texts.filter((text) => !text.startsWith(REVIEWED))
}
