/** Whom something is assigned to: one of those who can handle it, or nobody. */
import { Select } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { assigneesQuery } from '../api/queries.ts'

interface Props {
  value: string | null
  onChange: (name: string | null) => void
}

export function AssigneeSelect({ value, onChange }: Props) {
  const { t } = useTranslation('parts')
  const names = useQuery(assigneesQuery).data?.items.map(({ name }) => name) ?? []
  return (
    <Select
      label={t('assignee.label')}
      placeholder={t('assignee.nobody')}
      nothingFoundMessage={t('assignee.none')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('assignee.clear') }}
      maxDropdownHeight={260}
      // A user who was removed meanwhile is still who it is assigned to.
      data={value !== null && !names.includes(value) ? [value, ...names] : names}
      value={value}
      onChange={onChange}
    />
  )
}
