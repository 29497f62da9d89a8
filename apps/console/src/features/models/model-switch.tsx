/** Switches one model on or off; shown but locked for those who may not. */
import { Switch } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { modelQuery, modelsQuery, sessionQuery } from '../../api/queries.ts'
import { useErrorWords } from '../../parts/page-states.tsx'

interface SwitchProps {
  id: string
  title: string
  enabled: boolean
  words?: boolean
}

export function ModelSwitch({ id, title, enabled, words = false }: SwitchProps) {
  const { t } = useTranslation('models')
  const client = useQueryClient()
  const wordsOf = useErrorWords()
  const role = useQuery(sessionQuery).data?.user.role
  const change = useMutation({
    mutationFn: (next: boolean) => call('switchModel', { id, body: { enabled: next } }),
    onSuccess: (model) => {
      client.setQueryData(modelQuery(id).queryKey, model)
      client.setQueryData(modelsQuery.queryKey, (list) =>
        list
          ? { ...list, items: list.items.map((row) => (row.id === id ? { ...row, enabled: model.enabled } : row)) }
          : list,
      )
    },
  })
  const mayChange = role === 'administrator'
  const failure = change.error ? wordsOf(change.error) : undefined
  return (
    <Switch
      size={words ? 'sm' : 'xs'}
      checked={change.isPending ? change.variables : enabled}
      disabled={!mayChange}
      title={mayChange ? undefined : t('switch.notAllowed')}
      aria-label={words ? undefined : t('switch.label', { title })}
      label={words ? (enabled ? t('switch.on') : t('switch.off')) : undefined}
      error={failure && `${failure.title} ${failure.advice}`}
      onChange={(event) => change.mutate(event.currentTarget.checked)}
    />
  )
}
