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
