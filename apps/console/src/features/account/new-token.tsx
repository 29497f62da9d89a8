/** Form that makes an API token: a name, a ceiling, asset groups, and how long it lasts. */
import { NumberInput, Select, TagsInput, TextInput } from '@mantine/core'
import type { ApiToken, User } from '@rampart/api'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { accountQuery } from '../../api/queries.ts'
import { DialogForm } from '../../parts/dialog.tsx'

const roles = ['viewer', 'analyst', 'responder', 'administrator'] as const
const usualDays = 90

interface NewTokenProps {
  onMade: (made: { token: ApiToken; text: string }) => void
  onCancel: () => void
}

export function NewToken({ onMade, onCancel }: NewTokenProps) {
  const { t } = useTranslation('account')
  const { t: shell } = useTranslation('shell')
  const account = useQuery(accountQuery).data
  const longest = account?.longestTokenDays ?? usualDays
  const [title, setTitle] = useState('')
  const [role, setRole] = useState<User['role']>('viewer')
  const [groups, setGroups] = useState<string[]>([])
  const [days, setDays] = useState<number | null>(null)
  const chosen = days ?? Math.min(usualDays, longest)
  const make = useMutation({
    mutationFn: () =>
      call('createToken', {
        body: { title, role, groups: role === 'administrator' || groups.length === 0 ? null : groups, days: chosen },
      }),
    onSuccess: onMade,
  })
  return (
    <DialogForm action={make} onSubmit={() => make.mutate()} onCancel={onCancel} confirm={t('tokens.make')}>
      <TextInput
        data-autofocus
        label={t('tokens.name')}
        description={t('tokens.nameHint')}
        name="title"
        autoComplete="off"
        maxLength={100}
        required
        withAsterisk={false}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <Select
        label={t('tokens.role')}
        description={t('tokens.roleHint')}
        data={roles
          .slice(0, roles.indexOf(account?.user.role ?? 'viewer') + 1)
          .map((value) => ({ value, label: shell(`role.${value}`) }))}
        value={role}
        allowDeselect={false}
        onChange={(value) => setRole(value as User['role'])}
      />
      {role !== 'administrator' && (
        <TagsInput
          label={t('tokens.groups')}
          description={t('tokens.groupsHint')}
          {...(account?.user.groups && { data: account.user.groups })}
          value={groups}
          onChange={setGroups}
        />
      )}
      <NumberInput
        label={t('tokens.days')}
        description={t('tokens.daysHint', { count: longest })}
        min={1}
        max={longest}
        allowDecimal={false}
        value={chosen}
        onChange={(value) => setDays(typeof value === 'number' ? value : null)}
      />
    </DialogForm>
  )
}
