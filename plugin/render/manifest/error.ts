// What is wrong with a document, and where in it.

export class ManifestError extends Error {
  override readonly name = 'ManifestError'
  /** Into the document's text. */
  readonly offset: number

  constructor(offset: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.offset = offset
  }
}
