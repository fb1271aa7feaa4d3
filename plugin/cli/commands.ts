// The commands: their arguments, flags and help. The work of each is imported when it runs.
import { CHECK_FLAGS } from '../check/flags.ts'
import { COMPARE_FLAGS } from '../compare/flags.ts'
import { DIFF_FLAGS } from '../diff/flags.ts'
import { DISABLE_FLAGS, ENABLE_FLAGS } from '../enable/flags.ts'
import { VERSION } from '../io/version.ts'
import { GLOBAL_FLAGS } from '../kubeconfig/global-flags.ts'
import { LOGS_FLAGS } from '../logs/flags.ts'
import { RENDER_FLAGS } from '../render/flags.ts'
import { STATUS_FLAGS } from '../status/flags.ts'
import { command } from './command.ts'

const VIRTUAL_SERVICE = {
  spelling: '<name>',
  description: 'NAME of a VirtualService or HTTPRoute, vs/NAME, httproute/NAME, or a host'
} as const

const VIRTUAL_SERVICES = {
  spelling: '[name...]',
  description: 'NAMEs of VirtualServices or HTTPRoutes, vs/NAME, httproute/NAME, or hosts'
} as const

const enable = command({
  name: 'enable',
  description: 'Copy live requests to a second version, whose responses are discarded',
  argument: VIRTUAL_SERVICE,
  flags: ENABLE_FLAGS,
  help: `
Examples:
  # Copy every request for httpbin to subset v2
  kubectl mirror enable httpbin --to v2
  # A tenth of the GET requests, for half an hour
  kubectl mirror enable httpbin --to v2 --percent 10 --method GET --for 30m
  kubectl mirror enable httproute/httpbin --to httpbin-v2    # Services are its targets

A second enable replaces the whole first one. If it would copy more, it asks or needs --replace.`,
  run: async (name, flags, io) => (await import('../enable/enable.ts')).enable(name, flags, io)
})

const disable = command({
  name: 'disable',
  description: 'End a mirror: the VirtualService or HTTPRoute becomes exactly what it was',
  argument: VIRTUAL_SERVICES,
  flags: DISABLE_FLAGS,
  run: async (names, flags, io) => (await import('../enable/disable.ts')).disable(names, flags, io)
})

const status = command({
  name: 'status',
  description: 'Show what is mirrored, and whether it works',
  argument: VIRTUAL_SERVICES,
  flags: STATUS_FLAGS,
  run: async (names, flags, io) => (await import('../status/status.ts')).status(names, flags, io)
})

const logs = command({
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
  run: async (name, flags, io) => (await import('../logs/logs.ts')).logs(name, flags, io)
})

const EXIT_CODES = `Exit codes: 0 passed, or no conditions; 2 a condition holds; 3 no data to evaluate a condition, or
the run ended before its limit; 1 any other error.`

const compare = command({
  name: 'compare',
  description: 'Match each request with its copy in access logs, and say what differs beyond noise',
  argument: VIRTUAL_SERVICE,
  flags: COMPARE_FLAGS,
  help: `
Conditions of --fail-on: status (%), missing (%), size (% or B), p50, p95, p99 (% or ms). A
difference that may be noise does not fail a build.

${EXIT_CODES}

To compare headers and bodies, use "kubectl mirror diff".`,
  run: async (name, flags, io) => (await import('../compare/compare.ts')).compare(name, flags, io)
})

const diff = command({
  name: 'diff',
  description: "Compare both versions' whole responses: status, headers and bodies",
  argument: VIRTUAL_SERVICE,
  flags: DIFF_FLAGS,
  help: `
An EnvoyFilter opens the tap filter of both versions' sidecars. It is removed when the run ends.

Conditions of --fail-on: field (%), status (%), missing (%), size (% or B), and without --baseline
p50, p95, p99 (% or ms). A difference that may be noise does not fail a build.

${EXIT_CODES}`,
  run: async (name, flags, io) => (await import('../diff/diff.ts')).diff(name, flags, io)
})

const check = command({
  name: 'check',
  description: 'Find out why copies do not arrive, or whether everything that they need is installed',
  argument: {
    spelling: '[name]',
    description: 'a VirtualService, an HTTPRoute (httproute/NAME), or a host; without it, the installation is checked'
  },
  flags: CHECK_FLAGS,
  help: 'Each link is ok, a warning, failed, or unknown where you may not look. Exit code 1: one has failed.',
  run: async (name, flags, io) => (await import('../check/check.ts')).check(name, flags, io)
})

const render = command({
  name: 'render',
  description: 'Make the mirrors that annotations ask for in manifests, without any cluster',
  flags: RENDER_FLAGS,
  help: `
Every VirtualService and HTTPRoute gets what the webhook would make of its annotations; one that no
longer asks for a mirror gets its own rules back. Other lines are printed byte for byte.
JSON stays JSON. If kubectl would read the output differently, render fails and prints nothing.

Examples:
  # See what an annotation does
  kubectl mirror render -f virtual-service.yaml | diff virtual-service.yaml -

  # In a pipeline, where no webhook is installed
  kustomize build . | kubectl mirror render -f - | kubectl apply -f -`,
  run: async (_, flags, io) => (await import('../render/render.ts')).render(flags, io)
})

const WHY = `# kubectl asks kubectl_complete-mirror what may follow "kubectl mirror"; it must be on the PATH.\n`

const SCRIPTS = {
  bash: `${WHY}type __start_kubectl >/dev/null 2>&1 || source <(kubectl completion bash)\n`,
  zsh: `${WHY}(( $+functions[_kubectl] )) || source <(kubectl completion zsh)\n`,
  fish: `${WHY}functions -q __kubectl_perform_completion; or kubectl completion fish | source\n`,
  powershell: `${WHY}if (-not (Get-Command __kubectl_debug -ErrorAction SilentlyContinue)) {
  kubectl completion powershell | Out-String | Invoke-Expression
}\n`
}

const completion = command({
  name: 'completion',
  description: 'Print how to set up completion for a shell',
  argument: { spelling: '<shell>', description: 'the shell', values: Object.keys(SCRIPTS) },
  help: `
kubectl completes its plugins' arguments itself, once its own completion is set up and
kubectl_complete-mirror is on the PATH. The printed lines set up kubectl's completion if needed:

  source <(kubectl mirror completion bash)`,
  run: (shell, _, io) => {
    io.stdout.write(SCRIPTS[shell as keyof typeof SCRIPTS]) // commander takes no other
    return Promise.resolve(0)
  }
})

const options = command({
  name: 'options',
  description: 'List the flags that every command takes',
  run: (_, __, io) => {
    const width = Math.max(...GLOBAL_FLAGS.map(({ spelling }) => spelling.length)) + 3
    io.stdout.write('The following options can be passed to any command:\n\n')
    for (const { spelling, description } of GLOBAL_FLAGS) {
      io.stdout.write(`  ${spelling.padEnd(width)}${description}\n`)
    }
    return Promise.resolve(0)
  }
})

const version = command({
  name: 'version',
  description: 'Print the version of this plugin',
  run: (_, __, io) => {
    io.stdout.write(`kubectl-mirror ${VERSION}\n`)
    return Promise.resolve(0)
  }
})

/** In the order of help. */
export const COMMANDS = [enable, disable, status, logs, compare, diff, check, render, completion, options, version]
