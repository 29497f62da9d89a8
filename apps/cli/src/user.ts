/** `rampart user …`: users of a server, for whoever owns its state directory. Works while the server runs. */
import { roleNames, userName } from '@rampart/api'
import { type OfflineUsers, openUsers } from '@rampart/server'
import { Argument, Command, Option } from 'commander'
import { stateOption } from './state-directory.ts'

type Role = (typeof roleNames)[number]
interface Common {
  state: string
  json?: boolean
}

const role = () => new Argument('<role>').choices(roleNames)

export function userCommand(): Command {
  const command = new Command('user').description(
    'List and change the users of a server, from its state directory. A running server sees a change with the next request. Every change stands in the audit trail.',
  )
  const add = (child: Command) =>
    command.addCommand(child.addOption(stateOption('server')).option('--json', 'print JSON'))
  add(new Command('list').description('List the users').action((options: Common) => within(options, list)))
  add(
    new Command('add')
      .description('Add a user and print the one-time password')
      .argument('<name>')
      .addOption(new Option('--role <role>').choices(roleNames).default('viewer'))
      .option('--group <group...>', 'asset groups that the user is bound to')
      .action((name: string, options: Common & { role: Role; group?: string[] }) =>
        within(options, async (users) => {
          if (!userName.safeParse(name).success)
            return refuse(
              'user.invalid-name',
              'A name takes letters, digits and . _ @ -, at most 64, and begins with a letter or digit.',
            )
          const added = await users.add(name, options.role, options.group ?? null)
          return added.ok
            ? password(options, name, added.value.password)
            : refuse(added.error.code, added.error.message)
        }),
      ),
  )
  add(
    new Command('role')
      .description('Give a user another role; the user signs in anew')
      .argument('<name>')
      .addArgument(role())
      .action((name: string, given: Role, options: Common) =>
        change(options, name, { role: given }, `${name} is ${given} now.`),
      ),
  )
  add(
    new Command('reset-password')
      .description('Print a new one-time password; sessions and API tokens of the user end')
      .argument('<name>')
      .action((name: string, options: Common) =>
        within(options, async (users) => {
          const renewed = await users.resetPassword(name)
          return renewed.ok
            ? password(options, name, renewed.value.password)
            : refuse(renewed.error.code, renewed.error.message)
        }),
      ),
  )
  add(
    new Command('reset-second-factor')
      .description('Take the one-time codes of a user away, who lost the device')
      .argument('<name>')
      .action((name: string, options: Common) =>
        within(options, async (users) => {
          const reset = users.resetSecondFactor(name)
          return reset.ok
            ? done(options, name, `${name} signs in with the password alone now.`)
            : refuse(reset.error.code, reset.error.message)
        }),
      ),
  )
  for (const disabled of [true, false])
    add(
      new Command(disabled ? 'disable' : 'enable')
        .description(
          disabled ? 'Keep a user from signing in; sessions and tokens stop at once' : 'Let a user sign in again',
        )
        .argument('<name>')
        .action((name: string, options: Common) =>
          change(options, name, { disabled }, `${name} is ${disabled ? 'disabled' : 'enabled'} now.`),
        ),
    )
  add(
    new Command('remove')
      .description('Remove a user')
      .argument('<name>')
      .action((name: string, options: Common) =>
        within(options, async (users) => {
          const removed = users.remove(name)
          return removed.ok
            ? done(options, name, `${name} is removed.`)
            : refuse(removed.error.code, removed.error.message)
        }),
      ),
  )
  return command
}

async function within(options: Common, body: (users: OfflineUsers, options: Common) => unknown): Promise<void> {
  const users = openUsers(options.state)
  if (!users.ok) return refuse(users.error.code, users.error.message)
  try {
    await body(users.value, options)
  } finally {
    users.value.close()
  }
}

function list(users: OfflineUsers, options: Common): void {
  const rows = users.list().map((user) => ({
    name: user.name,
    role: user.role,
    groups: user.groups,
    disabled: user.disabled,
    secondFactor: user.codeSecret !== null,
    signedInAt: user.signedInAt === null ? null : new Date(user.signedInAt).toISOString(),
  }))
  if (options.json) {
    for (const row of rows) console.log(JSON.stringify(row))
    return
  }
  const width = Math.max(4, ...rows.map((row) => row.name.length))
  console.log(`${'NAME'.padEnd(width)}  ${'ROLE'.padEnd(13)}  ${'STATE'.padEnd(8)}  ${'CODES'.padEnd(5)}  LAST SIGN-IN`)
  for (const { name, role, groups, disabled, secondFactor, signedInAt } of rows)
    console.log(
      `${name.padEnd(width)}  ${role.padEnd(13)}  ${(disabled ? 'disabled' : 'active').padEnd(8)}  ${(secondFactor ? 'yes' : 'no').padEnd(5)}  ${signedInAt ?? 'never'}${groups ? `  only ${groups.join(', ')}` : ''}`,
    )
}

const change = (options: Common, name: string, what: Parameters<OfflineUsers['change']>[1], told: string) =>
  within(options, (users) => {
    const changed = users.change(name, what)
    return changed.ok ? done(options, name, told) : refuse(changed.error.code, changed.error.message)
  })

function password(options: Common, name: string, text: string): void {
  if (options.json) console.log(JSON.stringify({ name, password: text }))
  else
    console.log(
      `One-time password of ${name}: ${text}\nIt is shown this once; another has to be chosen at the first sign-in.`,
    )
}

function done(options: Common, name: string, told: string): void {
  console.log(options.json ? JSON.stringify({ name, ok: true }) : told)
}

function refuse(code: string, message: string): void {
  process.stderr.write(`rampart user: ${message} [${code}]\n`)
  process.exitCode = 2
}
