// `kubectl mirror enable`: its flags and help.
import { Command, Option } from 'commander'
import type { Run } from '../cli.ts'
import { dryRunOption, fieldManagerOption, outputOption } from './flags.ts'

export function command(run: Run): Command {
  return new Command('enable')
    .description('Copy live requests to a second version, whose answers are thrown away')
    .argument('<name>', 'a VirtualService (NAME or vs/NAME), or a host that exactly one of them serves')
    .addOption(new Option('--to <target...>', 'where copies go: [HOST[:PORT]/]SUBSET[=PERCENT]; may be repeated'))
    .option('--percent <number>', 'share of the requests to copy, 0.0001 to 100 (default 100)')
    .option('--from <subset...>', 'copy only from rules that route to this subset; may be repeated')
    .option('--route <name...>', 'copy only from the HTTP rule of this name; may be repeated')
    .option('--method <method...>', 'copy only requests with this method; may be repeated')
    .option(
      '--header <condition...>',
      'copy only requests with this header: NAME=VALUE, NAME~REGEX or NAME; may be repeated'
    )
    .option('--for <duration>', 'end the mirror after this time, for example 30m or 2h')
    .option('--until <time>', 'end the mirror at this time (RFC 3339, for example 2030-01-31T18:00:00Z)')
    .option('--create', 'make VirtualService and DestinationRule for a Service whose pods have a label "version"')
    .option('--direct', 'without the webhook: let the plugin make the edit itself')
    .option('--force', 'go on although Flagger or Argo Rollouts drives the VirtualService')
    .option('--force-conflicts', 'take over annotations that somebody else manages')
    .option('--replace', 'go on although a mirror that is on would copy more than now')
    .option('--wait', 'then wait until a pod of each target is ready; with --create also for one that can answer')
    .addOption(new Option('--timeout <duration>', 'how long to wait at most').default('5m'))
    .addOption(dryRunOption())
    .addOption(fieldManagerOption())
    .addOption(outputOption('json, yaml, name or jsonpath=TEMPLATE'))
    .addHelpText(
      'after',
      `
Examples:
  # Copy every request for httpbin to subset v2
  kubectl mirror enable httpbin --to v2

  # A tenth of the GET requests, for half an hour
  kubectl mirror enable httpbin --to v2 --percent 10 --method GET --for 30m

  # To another Service, without looking at its subsets
  kubectl mirror enable httpbin --to shadow/

A second enable replaces the first: a flag that is not given again has its default. What changes is printed. Where more would
be copied than now, a terminal is asked, and anything else needs --replace. Annotations that others manage, in Git for one,
stay as they are and are named.`
    )
    .action((name: string, _: unknown, self: Command) =>
      run(async (io) => (await import('../../enable/enable.ts')).enable(name, self.optsWithGlobals(), io))
    )
}
