/** The `rampart` command: finds the subcommand, loads only its file, runs it, and turns errors into exit status 2. */
import { keepParsedCode } from './compile-cache.ts'

keepParsedCode()

// A reader that has seen enough (`rampart models | head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const { runCommandLine } = await import('./command-line.ts')
process.exitCode = await runCommandLine(process.argv.slice(2))
