// `kubectl mirror completion`: a shell's lines that switch kubectl's own completion on, which then asks for ours.
import type { Io } from '../io/io.ts'

type Shell = 'bash' | 'zsh' | 'fish' | 'powershell'

export function completion(shell: Shell, io: Io): Promise<number> {
  io.stdout.write(SCRIPTS[shell])
  return Promise.resolve(0)
}

const WHY = `# kubectl asks kubectl_complete-mirror for what may follow "kubectl mirror"; it must be on the PATH.\n`

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `${WHY}type __start_kubectl >/dev/null 2>&1 || source <(kubectl completion bash)\n`,
  zsh: `${WHY}(( $+functions[_kubectl] )) || source <(kubectl completion zsh)\n`,
  fish: `${WHY}functions -q __kubectl_perform_completion; or kubectl completion fish | source\n`,
  powershell: `${WHY}if (-not (Get-Command __kubectl_debug -ErrorAction SilentlyContinue)) {
  kubectl completion powershell | Out-String | Invoke-Expression
}\n`
}
