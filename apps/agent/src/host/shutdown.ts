/** Whether a signal to end comes because the whole host goes down: then nobody has to be told that the agent was stopped. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

const systemctl = '/usr/bin/systemctl'

/** Known under systemd only; elsewhere false, and a shutdown looks like a stop by hand. */
export function hostShutsDown(): boolean {
  if (!existsSync('/run/systemd/system') || !existsSync(systemctl)) return false
  const { stdout } = spawnSync(systemctl, ['is-system-running'], { encoding: 'utf8', timeout: 500 })
  return stdout?.trim() === 'stopping'
}
