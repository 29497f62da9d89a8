/** The subcommands: name, one line of help, and where the command is made. Files are loaded only when asked for. */
import type { Command } from 'commander'

export interface CommandEntry {
  name: string
  summary: string
  load(): Promise<Command>
}

/** In the order of `rampart help`. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'Start server, console and a local agent',
    load: async () => (await import('./up.ts')).upCommand(),
  },
  {
    name: 'down',
    summary: 'Stop what `rampart up` started',
    load: async () => (await import('./down.ts')).downCommand(),
  },
  { name: 'status', summary: 'Show what runs here', load: async () => (await import('./status.ts')).statusCommand() },
  { name: 'server', summary: 'Run the server alone', load: async () => (await import('./server.ts')).serverCommand() },
  {
    name: 'user',
    summary: 'List, add and change the users of a server',
    load: async () => (await import('./user.ts')).userCommand(),
  },
  {
    name: 'reload',
    summary: 'Make the running server read its settings file again',
    load: async () => (await import('./reload.ts')).reloadCommand(),
  },
  {
    name: 'agent',
    summary: 'Run, enrol or inspect the agent of this host',
    load: async () => (await import('./agent.ts')).agentCommand(),
  },
  {
    name: 'replay',
    summary: 'Run recorded logs and events through the detection',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'models',
    summary: 'List the threat detection models',
    load: async () => (await import('./models.ts')).modelsCommand(),
  },
  {
    name: 'sigma',
    summary: 'Check and explain Sigma rules',
    load: async () => (await import('./sigma.ts')).sigmaCommand(),
  },
  {
    name: 'doctor',
    summary: 'Say what is wrong on this machine and how to mend it',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'backup',
    summary: 'Write everything the server keeps into one file',
    load: async () => (await import('./backup.ts')).backupCommand(),
  },
  {
    name: 'restore',
    summary: 'Restore a backup into an empty state directory',
    load: async () => (await import('./backup.ts')).restoreCommand(),
  },
  {
    name: 'completion',
    summary: 'Print the completion script of a shell',
    load: async () => (await import('./completion.ts')).completionCommand(),
  },
]
