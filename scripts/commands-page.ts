// docs/commands.md, from the plugin's own help: every command, argument and flag.
import { makeProgram } from '../plugin/cli/cli.ts'
import { GLOBAL_FLAGS } from '../plugin/kubeconfig/global-flags.ts'
import { STATES } from '../plugin/status/state.ts'

const WIDTH = 120

export function commandsPage(): string {
  const io = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: {},
    signal: AbortSignal.abort(),
    now: () => new Date(0)
  }
  const { commands } = makeProgram(io, () => Promise.resolve())
  const sections = commands.map((command) => {
    let help = ''
    command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => WIDTH }).outputHelp()
    return `## ${command.name()}\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`
  })
  const flags = GLOBAL_FLAGS.map(({ spelling, description }) => `| \`${spelling}\` | ${description} |`)
  const states = Object.entries(STATES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  return `# The commands of \`kubectl mirror\`

Generated from the plugin's help by \`npm run generate\`.

${sections.join('\n')}
## States of a mirror
\`status\` prints the code; \`-o wide\` and \`-o json\` have a message and the command that helps\nbeside it (\`.state.code\`, \`.state.message\`, \`.state.remedy\`).

| code | |
|---|---|
${states.join('\n')}

## Flags that every command takes
They mean what they mean to kubectl.

| flag | |
|---|---|
${flags.join('\n')}
`
}
