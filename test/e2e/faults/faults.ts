// What the webhook and the cluster around it are made to suffer from, one line of docs/reliability.md each.
import * as cluster from './cluster-faults.ts'
import * as configuration from './configuration-faults.ts'
import * as replicas from './replica-faults.ts'
import type { Row } from './checker.ts'
import type { Objects } from './objects.ts'

export interface Fault {
  readonly name: string
  /** Also in the short form. */
  readonly isShort?: boolean
  /** Failures of writes that are not ours: what the fault itself does to any write. */
  readonly mayFail?: RegExp
  /** Resolves when it is over. */
  act(objects: Objects): Promise<void>
  /** What else must be true of its row: that it did what its name says, for one. */
  judge?(row: Row): void
}

/** Whatever is said while the API server or etcd is away. */
const ANY = /./
/** Istio's own webhook validates each VirtualService, and fails closed. */
const ISTIO = /validation\.istio\.io/

export const FAULTS: readonly Fault[] = [
  { name: 'a replica is killed, again and again', isShort: true, act: replicas.killReplicas },
  { name: 'the node of the leader is lost', act: replicas.loseLeader },
  { name: 'all replicas are gone for a minute', act: replicas.removeAll },
  { name: 'the leader is killed while it heals 1,000 objects', act: replicas.killHealingLeader },
  { name: 'mirrors end while all replicas are gone', act: replicas.outliveEnd },
  { name: 'the memory of each replica is at its limit', act: replicas.exhaustMemory },
  { name: 'the clock of a replica is an hour ahead', act: replicas.setClockWrong },
  {
    name: 'calls to the webhook get no answer, nor a reset',
    isShort: true,
    act: cluster.swallowCalls,
    judge: cluster.delaysAnnotatedAlone
  },
  { name: 'the connections to the API server are cut every second', act: cluster.cutWatches },
  { name: 'the API server is killed', mayFail: ANY, act: cluster.restart('SIGKILL') },
  { name: 'the API server is stopped', mayFail: ANY, act: cluster.restart('SIGTERM') },
  { name: 'etcd pauses for 10 s', mayFail: ANY, act: cluster.pauseEtcd },
  { name: 'istiod is gone', mayFail: ISTIO, act: cluster.removeIstiod },
  { name: 'the chart is uninstalled, and installed again', act: cluster.installAnew },
  { name: 'a second chart is installed beside it', act: cluster.installTwice },
  { name: 'the Secret is deleted, or filled with rubbish', act: configuration.spoilSecret },
  { name: 'caBundle is replaced or deleted', isShort: true, act: configuration.spoilCaBundle },
  { name: 'the Lease is deleted, or filled with rubbish', act: configuration.spoilLease },
  { name: 'the policy is deleted, or filled with rubbish', act: configuration.spoilPolicy },
  { name: 'the webhook configuration is deleted', act: configuration.loseConfiguration }
]
