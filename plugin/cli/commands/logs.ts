// `kubectl mirror logs`: its flags and help.
import { Command, Option } from 'commander'
import type { Run } from '../cli.ts'

export function command(run: Run): Command {
  return new Command('logs')
    .description("Follow the logs of a VirtualService's versions, live and mirrored, side by side")
    .argument('<name>', 'a VirtualService (NAME or vs/NAME), or a host that exactly one of them serves')
    .option('-c, --container <regex>', 'only containers with such a name (default: all but init containers and Istio)')
    .option('-E, --exclude-container <regex...>', 'no containers with such a name; may be repeated')
    .option('-i, --include <regex...>', 'only lines that match one of these; may be repeated')
    .option('-e, --exclude <regex...>', 'no lines that match one of these; may be repeated')
    .option('-H, --highlight <regex...>', 'mark what matches; may be repeated')
    .option('--since <duration>', 'begin with lines not older than this, for example 30s, 15m or 2h')
    .option('--since-time <time>', 'begin with lines from this time on (RFC 3339)')
    .option('--tail <lines>', 'begin with so many last lines of each container; -1 means all', '-1')
    .option('-f, --follow', 'go on with what comes (the default)', true)
    .option('--no-follow', 'stop when every line that is there now has been printed')
    .option('-t, --timestamps', 'print when each line was written')
    .option('--timezone <name>', 'print those times in this zone, for example Europe/Paris, or Local')
    .addOption(new Option('-o, --output <format>', 'default, raw (the lines alone) or json').default('default'))
    .option('--template <template>', 'print lines by this template (see below)')
    .option('--max-log-requests <number>', 'read so many logs at once; others wait, fairly by version', '50')
    .addOption(new Option('--color <when>', 'auto, always or never').default('auto'))
    .option('--only-log-lines', 'no notices of logs that begin and end')
    .addOption(new Option('--view <view>', 'interleaved, or split: versions side by side').default('interleaved'))
    .addHelpText(
      'after',
      `
Examples:
  # Both versions of httpbin, from now on
  kubectl mirror logs httpbin --tail 0

  # What the copies did in the last ten minutes, errors only
  kubectl mirror logs httpbin --since 10m -i ' 5\\d\\d ' --no-follow

  # The sidecars' access logs
  kubectl mirror logs httpbin -c istio-proxy

  # One's own layout
  kubectl mirror logs httpbin --template '{{.Timestamp}} {{color .Version}} {{.Message}}'

Each line says what its version does: live, mirror, or both. What else there is to say goes to stderr.

A template has {{.FIELD}}, {{color .FIELD}}, {{json .FIELD}}, {{json .}} and {{"text"}}. Fields: Message, Timestamp,
Role, Version, NodeName, Namespace, PodName, ContainerName.`
    )
    .action((name: string, _: unknown, self: Command) =>
      run(async (io) => (await import('../../logs/logs.ts')).logs(name, self.optsWithGlobals(), io))
    )
}
