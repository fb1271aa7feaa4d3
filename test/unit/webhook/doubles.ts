// An API server that a test answers for, and a controller beside it that nothing surprises. Hold no object.
import { expect } from 'vitest'
import { VIRTUAL_SERVICES } from '../../../webhook/controller/collections.ts'
import { createController, type Controller, type ControllerOptions } from '../../../webhook/controller/controller.ts'
import type { Cluster } from '../../../webhook/kubernetes/client.ts'
import { createMetrics } from '../../../webhook/kubernetes/metrics.ts'

export function unwatched(send: Cluster['send']): Cluster {
  return { send, open: () => Promise.reject(new Error('nothing is watched')), close: () => undefined }
}

/** Of VirtualServices, with policy 1. `changes`: what the test looks at. */
export function controllerOf(
  send: Cluster['send'],
  changes: Partial<ControllerOptions> & Pick<ControllerOptions, 'signal'>
): Controller {
  return createController({
    now: () => new Date(),
    cluster: unwatched(send),
    collection: VIRTUAL_SERVICES,
    metrics: createMetrics().controller,
    record: () => undefined,
    log: { warn: () => undefined, info: () => undefined },
    policyVersion: () => '1',
    changed: () => undefined,
    failed: () => expect.unreachable(),
    ...changes
  })
}
