// The webhook's image from its real Dockerfile, in a sandbox that runs. Needs both programs in dist/.
import { join } from 'node:path'
import { buildForSandbox } from './import.ts'
import { NODE_IMAGE } from './recipes.ts'
import type { Session } from './session.ts'

const ROOT = join(import.meta.dirname, '../..')

/** In the words of the chart's values. */
export const WEBHOOK_IMAGE = { repository: 'localhost/kubectl-mirror', tag: 'sandbox' } as const

export async function buildWebhookImage(session: Session): Promise<void> {
  const source = {
    context: ROOT,
    dockerfile: join(ROOT, 'webhook/Dockerfile'),
    tag: `${WEBHOOK_IMAGE.repository}:${WEBHOOK_IMAGE.tag}`,
    buildArgs: { BASE_IMAGE: NODE_IMAGE }
  }
  await session.progress.step("the webhook's image", () => buildForSandbox(source, session))
}
