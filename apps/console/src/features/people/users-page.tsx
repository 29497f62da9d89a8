/** Users: who may do what, one-time passwords, and who is locked out. */
import { Button, Menu, Select, TagsInput, TextInput, VisuallyHidden } from '@mantine/core'
import type { User } from '@rampart/api'
import { IconDots, IconPlus, IconUsers } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { usersQuery } from '../../api/queries.ts'
import { AdministratorsOnly } from '../../parts/administrators-only.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './page.module.css'

const roles = ['viewer', 'analyst', 'responder', 'administrator'] as const
type Act = 'role' | 'password' | 'codes' | 'disable' | 'enable' | 'remove'
type Open =
  | { panel: 'add' }
  | { panel: 'act'; act: Act; user: User }
  | { panel: 'password'; name: string; text: string }

export function UsersPage() {
  const { t } = useTranslation('people')
  return (
    <AdministratorsOnly icon={<IconUsers size={22} />} title={t('forbidden.title')} words={t('forbidden.words')}>
      <Users />
    </AdministratorsOnly>
  )
}

function Users() {
  const { t } = useTranslation('people')
  const users = useQuery(usersQuery)
  const [open, setOpen] = useState<Open | null>(null)
  const close = () => setOpen(null)
  const shown = (name: string, text: string) => setOpen({ panel: 'password', name, text })
  return (
    <div>
      <PageHeader title={t('users.title')}>
        <Button leftSection={<IconPlus size={16} />} onClick={() => setOpen({ panel: 'add' })}>
          {t('users.add')}
        </Button>
      </PageHeader>
      <p className={classes.intro}>{t('users.intro')}</p>
      {users.isPending && <LoadingLines />}
      {users.error && <ErrorState error={users.error} onRetry={() => void users.refetch()} />}
      {users.data && <UserTable users={users.data.items} onAct={(act, user) => setOpen({ panel: 'act', act, user })} />}
      {open?.panel === 'add' && (
        <Dialog title={t('users.add')} onClose={close}>
          <AddUser onAdded={shown} onCancel={close} />
        </Dialog>
      )}
      {open?.panel === 'act' && (
        <Dialog title={t(`act.${open.act}`)} onClose={close}>
          <ActOnUser act={open.act} user={open.user} onDone={close} onPassword={shown} />
        </Dialog>
      )}
      {open?.panel === 'password' && (
        <Dialog title={t('password.title', { name: open.name })} onClose={close}>
          <p>{t('password.words')}</p>
          <p className={classes.password}>
            <code>{open.text}</code> <CopyButton value={open.text} />
          </p>
        </Dialog>
      )}
    </div>
  )
}

function UserTable({ users, onAct }: { users: readonly User[]; onAct: (act: Act, user: User) => void }) {
  const { t } = useTranslation('people')
  const { t: shell } = useTranslation('shell')
  return (
    <div className={classes.list}>
      <table className={table.table}>
        <thead>
          <tr>
            <th scope="col">{t('column.name')}</th>
            <th scope="col">{t('column.role')}</th>
            <th scope="col">{t('column.groups')}</th>
            <th scope="col">{t('column.codes')}</th>
            <th scope="col">{t('column.state')}</th>
            <th scope="col">{t('column.signedIn')}</th>
            <th scope="col">
              <VisuallyHidden>{t('column.actions')}</VisuallyHidden>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.map((user) => (
            <tr key={user.name}>
              <td className={table.main}>{user.name}</td>
              <td data-label={t('column.role')}>{shell(`role.${user.role}`)}</td>
              <td data-label={t('column.groups')}>{user.groups?.join(', ') ?? t('allAssets')}</td>
              <td data-label={t('column.codes')}>{t(user.secondFactor ? 'codes.on' : 'codes.off')}</td>
              <td data-label={t('column.state')}>
                {t(user.disabled ? 'state.disabled' : user.mustChangePassword ? 'state.oneTime' : 'state.active')}
              </td>
              <td data-label={t('column.signedIn')}>
                {user.signedInAt ? <RelativeTime at={user.signedInAt} /> : t('never')}
              </td>
              <td>
                <Menu position="bottom-end">
                  <Menu.Target>
                    <Button variant="subtle" size="xs" aria-label={t('actionsOf', { name: user.name })}>
                      <IconDots size={16} aria-hidden />
                    </Button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {(['role', 'password', 'codes', user.disabled ? 'enable' : 'disable', 'remove'] as const)
                      .filter((act) => act !== 'codes' || user.secondFactor)
                      .map((act) => (
                        <Menu.Item key={act} onClick={() => onAct(act, user)}>
                          {t(`act.${act}`)}
                        </Menu.Item>
                      ))}
                  </Menu.Dropdown>
                </Menu>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function AddUser({ onAdded, onCancel }: { onAdded: (name: string, password: string) => void; onCancel: () => void }) {
  const { t } = useTranslation('people')
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [role, setRole] = useState<User['role']>('analyst')
  const [groups, setGroups] = useState<string[]>([])
  const add = useMutation({
    mutationFn: () => call('createUser', { body: { name, role, groups: groupsOf(role, groups) } }),
    onSuccess: ({ user, password }) => {
      void client.invalidateQueries({ queryKey: usersQuery.queryKey })
      onAdded(user.name, password)
    },
  })
  return (
    <DialogForm action={add} onSubmit={() => add.mutate()} onCancel={onCancel} confirm={t('users.add')}>
      <TextInput
        label={t('column.name')}
        name="name"
        required
        withAsterisk={false}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleAndGroups role={role} groups={groups} onRole={setRole} onGroups={setGroups} />
    </DialogForm>
  )
}

function ActOnUser({
  act,
  user,
  onDone,
  onPassword,
}: {
  act: Act
  user: User
  onDone: () => void
  onPassword: (name: string, text: string) => void
}) {
  const { t } = useTranslation('people')
  const client = useQueryClient()
  const [role, setRole] = useState(user.role)
  const [groups, setGroups] = useState<string[]>(user.groups ?? [])
  const id = user.name
  const run = useMutation({
    mutationFn: async () => {
      if (act === 'password') return (await call('resetUserPassword', { id })).password
      if (act === 'remove') await call('deleteUser', { id })
      else if (act === 'codes') await call('resetUserSecondFactor', { id })
      else if (act === 'role') await call('changeUser', { id, body: { role, groups: groupsOf(role, groups) } })
      else await call('changeUser', { id, body: { disabled: act === 'disable' } })
      return null
    },
    onSuccess: (password) => {
      void client.invalidateQueries({ queryKey: usersQuery.queryKey })
      if (password === null) onDone()
      else onPassword(user.name, password)
    },
  })
  return (
    <DialogForm
      action={run}
      onSubmit={() => run.mutate()}
      onCancel={onDone}
      confirm={t(`act.${act}`)}
      danger={act === 'remove'}
    >
      <p>{t(`words.${act}`, { name: user.name })}</p>
      {act === 'role' && <RoleAndGroups role={role} groups={groups} onRole={setRole} onGroups={setGroups} />}
    </DialogForm>
  )
}

/** No group means every asset; an administrator is never bound. */
const groupsOf = (role: User['role'], groups: string[]) =>
  role === 'administrator' || groups.length === 0 ? null : groups

function RoleAndGroups(props: {
  role: User['role']
  groups: string[]
  onRole: (role: User['role']) => void
  onGroups: (groups: string[]) => void
}) {
  const { t } = useTranslation('people')
  const { t: shell } = useTranslation('shell')
  return (
    <>
      <Select
        label={t('column.role')}
        data={roles.map((value) => ({ value, label: shell(`role.${value}`) }))}
        value={props.role}
        allowDeselect={false}
        onChange={(value) => props.onRole(value as User['role'])}
      />
      {props.role !== 'administrator' && (
        <TagsInput
          label={t('column.groups')}
          description={t('groupsHint')}
          value={props.groups}
          onChange={props.onGroups}
        />
      )}
    </>
  )
}
