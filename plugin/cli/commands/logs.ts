// `kubectl mirror logs`: its argument and help.
import { LOGS_FLAGS } from '../../logs/flags.ts'
import { command, VIRTUAL_SERVICE } from './command.ts'

export const logs = command({
  name: 'logs',
  description: "Follow the logs of a VirtualService's versions, live and mirrored, side by side",
  argument: VIRTUAL_SERVICE,
  flags: LOGS_FLAGS,
  help: `
Examples:
  kubectl mirror logs httpbin --tail 0                                  # both versions, from now on
  kubectl mirror logs httpbin --since 10m -i ' 5\\d\\d ' --no-follow      # errors of ten minutes
  kubectl mirror logs httpbin -c istio-proxy                            # the sidecars' access logs
  kubectl mirror logs httpbin --template '{{.Timestamp}} {{color .Version}} {{.Message}}'

Each line says what its version does: live, mirror, or both. Notices go to stderr.
A template has {{.FIELD}}, {{color .FIELD}}, {{json .FIELD}}, {{json .}} and {{"text"}}. Fields:
Message, Timestamp, Role, Version, NodeName, Namespace, PodName, ContainerName.`,
  run: async (name, flags, io) => (await import('../../logs/logs.ts')).logs(name, flags, io)
})
