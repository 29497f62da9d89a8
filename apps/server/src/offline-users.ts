/** Users from the command line, for whoever owns the state directory. Works while a server runs: it sees the change with the next request. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { Database } from '@rampart/alert'
import { cliActor } from './cli-actor.ts'
import { fail, ok, type Result, type StartError } from './errors.ts'
import { migrations } from './store/migrations.ts'
import { People } from './store/people.ts'
import { addUser, changeUser, removeUser, renewPassword, type UserChange, type UserRefused } from './store/user-acts.ts'
import type { Role, User } from './store/user-record.ts'

/** Every act leaves a row in the audit trail, with the user of the system that ran the command. */
export class OfflineUsers {
  readonly #database: Database
  readonly #people: People

  constructor(database: Database) {
    this.#database = database
    this.#people = new People(database)
  }

  list(): User[] {
    return this.#people.users()
  }

  async add(
    name: string,
    role: Role,
    groups: readonly string[] | null,
  ): Promise<Result<{ password: string }, UserRefused>> {
    const added = await addUser(this.#people, { name, role, groups }, Date.now())
    this.#record('user.added', name, { role, groups }, added)
    return added
  }

  change(name: string, change: UserChange): Result<User, UserRefused> {
    const changed = changeUser(this.#people, name, change)
    this.#record('user.changed', name, { ...change }, changed)
    return changed
  }

  remove(name: string): Result<null, UserRefused> {
    const removed = removeUser(this.#people, name)
    this.#record('user.removed', name, {}, removed)
    return removed
  }

  async resetPassword(name: string): Promise<Result<{ password: string }, UserRefused>> {
    const renewed = await renewPassword(this.#people, name)
    this.#record('user.password-reset', name, {}, renewed)
    return renewed
  }

  /** For somebody who lost the device and the recovery codes. */
  resetSecondFactor(name: string): Result<null, UserRefused> {
    const user = this.#people.user(name)
    if (!user) return fail({ code: 'user.not-found', message: `There is no user "${name}".` })
    this.#people.setCodeSecret(user.name, null, 0, [])
    this.#people.sessions.endAll(user.name)
    this.#record('user.second-factor-reset', name, {}, ok(null))
    return ok(null)
  }

  #record(
    action: string,
    subject: string,
    detail: Record<string, unknown>,
    result: Result<unknown, UserRefused>,
  ): void {
    const refused = result.ok ? {} : { refused: result.error.code }
    this.#people.record({
      at: Date.now(),
      actor: cliActor(),
      address: null,
      action,
      subject,
      detail: { ...detail, systemUser: userInfo().username, ...refused },
    })
  }

  close(): void {
    this.#database.close()
  }
}

/** Opens the users of a state directory; the caller closes them. */
export function openUsers(stateDirectory: string): Result<OfflineUsers> {
  const file = join(resolve(stateDirectory), 'rampart.db')
  if (!existsSync(file))
    return fail<StartError>({
      code: 'state.directory-unusable',
      message: `There is no database ${file}. Give the state directory of the server with --state.`,
    })
  const opened = Database.open(file, migrations)
  return opened.ok ? ok(new OfflineUsers(opened.database)) : fail<StartError>(opened.error)
}
