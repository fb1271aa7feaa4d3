// The report's words on its tests.
import { html } from 'hono/html'
import { METHODS } from '../statistics/significance.ts'
import { RISK } from '../statistics/chance.ts'
import type { Markup } from './svg.ts'

export function methods(): Markup {
  return html`<h3>What “beyond noise” means</h3>
    <ul>
      <li>Status: ${METHODS.status}.</li>
      <li>Latency: ${METHODS.latency}. Less is not named, however certain.</li>
      <li>Size: ${METHODS.size}.</li>
      <li>Arrival: ${METHODS.missing}.</li>
      <li>${METHODS.correction} (${RISK}).</li>
    </ul>
    <p class="soft">
      Every test compares the two answers to the same request, so what varies from request to request falls out.
    </p>` as Markup
}
