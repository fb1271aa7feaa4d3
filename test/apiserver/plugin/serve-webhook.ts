// The real webhook, called by the API server, beside a test of the plugin.
import { until } from '../../until.ts'
import { installChart, startWebhook, type RunningWebhook } from '../webhook/under-test.ts'
import type { TestNamespace } from './namespace.ts'

export interface ServedWebhook extends Pick<RunningWebhook, 'stop'> {
  /** Stops it and removes what the chart made. */
  remove(): Promise<void>
}

/** Resolves when it injects in that namespace. `flags`: helm's. */
export async function serveWebhook({ run }: TestNamespace, ...flags: readonly string[]): Promise<ServedWebhook> {
  const chart = await installChart(...flags)
  const webhook = await startWebhook(chart)
  await until('the webhook injects', async () => {
    return (await run('check', '-o', 'jsonpath={.[?(@.name=="injection")].outcome}')).stdout === 'ok'
  })
  return {
    stop: webhook.stop,
    remove: async () => {
      await webhook.stop()
      await chart.uninstall()
    }
  }
}
