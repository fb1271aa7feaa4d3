// JSON.rawJSON, in V8 since Node 21 and not yet in TypeScript's own declarations.

/** A value that JSON.stringify writes as it is: for us, an integer of 64 bits that no double holds. */
export interface RawJson {
  readonly rawJSON: string
}

declare global {
  interface JSON {
    rawJSON(text: string): RawJson
    isRawJSON(value: unknown): value is RawJson
  }
}
