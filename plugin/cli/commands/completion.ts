// `kubectl mirror completion`: prints a shell's lines that switch kubectl's own completion on, which then asks for ours.
import { command } from './command.ts'

const WHY = `# kubectl asks kubectl_complete-mirror what may follow "kubectl mirror"; it must be on the PATH.\n`

const SCRIPTS = {
  bash: `${WHY}type __start_kubectl >/dev/null 2>&1 || source <(kubectl completion bash)\n`,
  zsh: `${WHY}(( $+functions[_kubectl] )) || source <(kubectl completion zsh)\n`,
  fish: `${WHY}functions -q __kubectl_perform_completion; or kubectl completion fish | source\n`,
  powershell: `${WHY}if (-not (Get-Command __kubectl_debug -ErrorAction SilentlyContinue)) {
  kubectl completion powershell | Out-String | Invoke-Expression
}\n`
}

export const completion = command({
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
