// Renders one text.
import { renderStreams, type Rendered } from '../../../../plugin/render/render-stream.ts'

/** Without problems: what is printed. */
export function render(
  stream: string | Uint8Array,
  now = new Date('2026-01-01T00:00:00Z')
): Rendered & { text: string } {
  const rendered = renderStreams([{ name: 'a.yaml', bytes: Buffer.from(stream) }], now)
  return { ...rendered, text: rendered.documents.map(({ text }) => text).join('') }
}
