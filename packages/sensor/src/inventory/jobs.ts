/** Lines of cron and scripts that it runs. */
import { join } from 'node:path'
import type { HostFiles } from './host-files.ts'
import { cronJobs } from './parse.ts'
import type { Row } from './things.ts'

export async function readJobs({ memo, at }: HostFiles): Promise<Row[]> {
  const found: Row[] = []
  const table = async (path: string, withUser: boolean, owner?: string) => {
    const rows = await memo.file(at(path), 'cron', (text, since): Row[] =>
      [...cronJobs(text, path, withUser, owner)].map(([name, facts]) => [name, facts, since]),
    )
    found.push(...(rows ?? []))
  }
  await table('/etc/crontab', true)
  for (const name of await memo.names(at('/etc/cron.d'))) await table(join('/etc/cron.d', name), true)
  for (const folder of ['/var/spool/cron/crontabs', '/var/spool/cron'])
    for (const name of await memo.names(at(folder))) await table(join(folder, name), false, name)
  for (const often of ['hourly', 'daily', 'weekly', 'monthly'])
    for (const name of await memo.names(at(`/etc/cron.${often}`))) {
      const path = `/etc/cron.${often}/${name}`
      if (!name.startsWith('.')) found.push([path, { path, schedule: often, user: 'root', command: path }])
    }
  return found
}
