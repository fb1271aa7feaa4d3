// Who sees an object of Istio's, by its `exportTo`. Pure; the mesh's defaults are not known here: absent is everywhere.

/** On a Service, where other kinds have `spec.exportTo`. */
export const EXPORT_TO = 'networking.istio.io/exportTo'

/** `owner`: namespace of the object; `client`: of who would use it. `.` is the owner's, `*` every one, `~` none. */
export function isExportedTo(exportTo: readonly string[] | null | undefined, owner: string, client: string): boolean {
  return !exportTo?.length || exportTo.some((one) => one === '*' || (one === '.' ? owner : one) === client)
}

/** The value of the annotation. */
export function readExportTo(text: string | undefined): readonly string[] {
  return text === undefined || text.trim() === '' ? [] : text.split(',').map((one) => one.trim())
}
