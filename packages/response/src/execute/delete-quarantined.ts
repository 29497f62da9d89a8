/** Destroys the container of an entry; what was known of it stays for the retention time. */
import { done, refused } from '../outcome.ts'
import type { TaskOutcome, TaskParameters } from '../task.ts'
import type { ExecutionHost } from './host.ts'
import { Vault } from './vault.ts'

export function deleteQuarantined({ entry }: TaskParameters['delete-quarantined'], host: ExecutionHost): TaskOutcome {
  const vault = new Vault(host.directory)
  const known = vault.read(entry)
  if (known?.state === 'restored') return refused('quarantine.restored', `${known.path} was put back already.`)
  if (known?.state === 'copying' || known?.state === 'sealed')
    return refused('quarantine.unfinished', `${known.path} is not wholly in quarantine yet.`)
  if (known !== undefined) vault.close(known, 'deleted')
  return done(
    'quarantine.deleted',
    known === undefined ? 'It was gone already.' : `${known.path} is deleted for good.`,
    { entry },
  )
}
