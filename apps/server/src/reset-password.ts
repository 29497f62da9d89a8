/** Gives a user a new one-time password, for somebody with access to the state directory who is locked out. Works while a server runs. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Database } from '@rampart/alert'
import { hashPassword, randomPassword } from './api/sessions.ts'
import { fail, ok, type Result, type StartError } from './errors.ts'
import { migrations } from './store/migrations.ts'
import { People } from './store/people.ts'

/** The user has to change the password at the next sign-in; all sessions of the user end. */
export async function resetPassword(stateDirectory: string, name: string): Promise<Result<{ password: string }>> {
  const file = join(resolve(stateDirectory), 'rampart.db')
  if (!existsSync(file))
    return fail<StartError>({
      code: 'state.directory-unusable',
      message: `There is no database ${file}. Give the state directory of the server with --state.`,
    })
  const opened = Database.open(file, migrations)
  if (!opened.ok) return fail<StartError>(opened.error)
  try {
    const people = new People(opened.database)
    const user = people.user(name)
    if (!user) return fail<StartError>({ code: 'user.not-found', message: `There is no user "${name}".` })
    const password = randomPassword()
    people.setPassword(user.name, await hashPassword(password), true, null)
    people.record({
      at: Date.now(),
      actor: 'rampart',
      address: null,
      action: 'user.password-reset',
      subject: user.name,
    })
    return ok({ password })
  } finally {
    opened.database.close()
  }
}
