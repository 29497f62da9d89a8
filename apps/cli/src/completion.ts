/** `rampart completion <shell>`: prints a completion script made from the commands and options there are. */
import { Argument, Command } from 'commander'
import { commands } from './commands.ts'

interface Words {
  subcommands: string[]
  options: string[]
}

export function completionCommand(): Command {
  return new Command('completion')
    .description('Print the completion script of a shell: `source <(rampart completion bash)`')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const words = new Map<string, Words>()
      for (const entry of commands) {
        if (entry.name === 'completion')
          words.set(entry.name, { subcommands: ['bash', 'zsh', 'fish'], options: ['--help'] })
        else words.set(entry.name, wordsOf(await entry.load()))
      }
      process.stdout.write(shell === 'fish' ? fish(words) : shell === 'zsh' ? zsh(words) : bash(words))
    })
}

function wordsOf(command: Command): Words {
  const options = command.options.flatMap((option) => (option.long ? [option.long] : []))
  return { subcommands: command.commands.map((child) => child.name()), options: [...options, '--help'] }
}

function bash(words: Map<string, Words>): string {
  const cases = [...words].map(
    ([name, { subcommands, options }]) => `    ${name}) words="${[...subcommands, ...options].join(' ')}" ;;`,
  )
  return `# bash completion of rampart
_rampart() {
  local current=\${COMP_WORDS[COMP_CWORD]} words
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${[...words.keys()].join(' ')} help" -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join('\n')}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _rampart rampart ./rampart
`
}

function zsh(words: Map<string, Words>): string {
  return `#compdef rampart\nautoload -U +X bashcompinit && bashcompinit\n${bash(words)}`
}

function fish(words: Map<string, Words>): string {
  const lines = commands.map(
    (entry) =>
      `complete -c rampart -n __fish_use_subcommand -a ${entry.name} -d '${entry.summary.replaceAll("'", "\\'")}'`,
  )
  for (const [name, { subcommands, options }] of words) {
    for (const child of subcommands)
      lines.push(`complete -c rampart -n '__fish_seen_subcommand_from ${name}' -a ${child}`)
    for (const option of options)
      lines.push(`complete -c rampart -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`)
  }
  return `# fish completion of rampart\n${lines.join('\n')}\n`
}
