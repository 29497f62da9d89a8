/** Threat detection models: by attack stage, on the ATT&CK matrix, and as a list. */
import { Tabs, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import type { ModelList } from '@rampart/api'
import { IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { modelsQuery } from '../../api/queries.ts'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { AttackMatrix } from './attack-matrix.tsx'
import { ModelTable } from './model-table.tsx'
import classes from './page.module.css'
import { type ModelSearch, type ModelTab, modelTabs } from './search.ts'
import { StageColumns } from './stage-columns.tsx'

export function ModelsPage() {
  const { t } = useTranslation('models')
  const search = useSearch({ from: '/inside/models' })
  const navigate = useNavigate()
  const models = useQuery(modelsQuery)
  const setSearch = (change: Partial<ModelSearch>) =>
    void navigate({ to: '/models', search: { ...search, ...change }, replace: true })
  const tab = search.tab ?? 'stages'
  const list = models.data
  const on = list?.items.filter((model) => model.enabled).length
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')} note={list && t('total', { count: list.items.length, on })}>
        <Words search={search} onSearch={setSearch} />
      </PageHeader>
      {list && list.refused.length > 0 && <Refused refused={list.refused} />}
      <Tabs
        className={classes.tabs}
        value={tab}
        keepMounted={false}
        onChange={(value) => setSearch({ tab: value === 'stages' ? undefined : (value as ModelTab) })}
      >
        <Tabs.List className={classes.tabList}>
          {modelTabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {modelTabs.map((name) => (
          <Tabs.Panel key={name} value={name} className={classes.panel}>
            {models.isPending && <LoadingLines lines={12} />}
            {models.error && !list && <ErrorState error={models.error} onRetry={() => void models.refetch()} />}
            {list && <TabContent name={name} list={list} search={search} onSearch={setSearch} />}
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  )
}

interface ContentProps {
  name: ModelTab
  list: ModelList
  search: ModelSearch
  onSearch: (change: Partial<ModelSearch>) => void
}

function TabContent({ name, list, search, onSearch }: ContentProps) {
  if (name === 'stages') return <StageColumns models={list.items} />
  if (name === 'attack') return <AttackMatrix list={list} />
  return <ModelTable list={list} search={search} onSearch={onSearch} />
}

/** Words typed on any tab lead to the list. */
function Words({ search, onSearch }: Pick<ContentProps, 'search' | 'onSearch'>) {
  const { t } = useTranslation('models')
  const [text, setText] = useState(search.q ?? '')
  const commit = useDebouncedCallback((q: string) => onSearch({ tab: 'list', q: q.trim() || undefined }), 200)
  return (
    <TextInput
      className={classes.words}
      aria-label={t('search')}
      placeholder={t('search')}
      leftSection={<IconSearch size={14} />}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value)
        commit(event.currentTarget.value)
      }}
    />
  )
}

function Refused({ refused }: Pick<ModelList, 'refused'>) {
  const { t } = useTranslation('models')
  return (
    <details className={classes.refused}>
      <summary>{t('refused', { count: refused.length })}</summary>
      <ul>
        {refused.map((model) => (
          <li key={`${model.path} ${model.code}`}>
            <EvidenceText value={model.path} /> <strong>{model.code}</strong> {model.message}
          </li>
        ))}
      </ul>
    </details>
  )
}
