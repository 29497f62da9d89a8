/** Arguments of a started process in, the path of what was really started out: the script rather than its interpreter. */

/** Programs that run a file given as an argument. Version suffixes are allowed: python3.11, perl5.36, lua5.4. */
const shells = /^(?:ba|da|a|z|k|mk|tc|c|fi)?sh$/
const interpreters = /^(?:python|perl|ruby|php|lua|node|nodejs|tclsh|wish|expect|guile|rscript|deno|bun|pypy)[\d.]*$/i
/** Options after which no script follows: the code stands on the command line or comes from standard input. */
const inlineShellCode = /^-[a-z]*[cs]$/i
const inlineCode = /^(?:-[a-z]*[ce]|--eval|--print|-p|-r|-s|-m|-)$/i
/** Options of interpreters that take the next argument. */
const takesNext = /^(?:-[WXIoO]|--require|--import|--loader|--init-file|--rcfile)$/

/**
 * Absolute path of the script when an interpreter was started with one (by `#!` or by hand), else `executable`.
 * Relative names are resolved against `workingDirectory`. Undefined when nothing is known.
 * Not seen: code on the command line or standard input, and scripts behind unknown interpreters.
 */
export function programOf(process: {
  executable?: string | undefined
  arguments?: readonly string[] | undefined
  workingDirectory?: string | undefined
}): string | undefined {
  const { executable, arguments: args, workingDirectory } = process
  if (!args || args.length < 2 || executable === undefined) return executable
  const name = executable.slice(executable.lastIndexOf('/') + 1)
  const isShell = shells.test(name)
  if (!isShell && !interpreters.test(name)) return executable
  const inline = isShell ? inlineShellCode : inlineCode
  for (let index = 1; index < args.length; index++) {
    const argument = args[index] ?? ''
    if (inline.test(argument)) return executable
    if (takesNext.test(argument)) index++
    else if (!argument.startsWith('-') && !argument.startsWith('+'))
      return absolute(argument, workingDirectory) ?? executable
  }
  return executable
}

function absolute(path: string, base: string | undefined): string | undefined {
  if (path === '' || path.length > 4096 || path.includes('\n')) return undefined
  if (!path.startsWith('/') && base === undefined) return undefined
  const parts: string[] = []
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '' && part !== '.') parts.push(part)
  }
  return `/${parts.join('/')}`
}
