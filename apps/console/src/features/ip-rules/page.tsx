/** The IP Policy Library: rules with their state on each asset, approved addresses, brute-force defence. */
import { Button, SegmentedControl, Tabs } from '@mantine/core'
import { IconBan, IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ipRulesQuery } from '../../api/queries.ts'
import { useMayRespond } from '../../parts/may-respond.ts'
import classes from '../../parts/page-body.module.css'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Approved } from './approved.tsx'
import { BruteForce } from './brute-force.tsx'
import { RuleForm } from './rule-form.tsx'
import { RuleTable } from './rule-table.tsx'
import { type RuleFilter, ruleFilters } from './search.ts'

const tabs = ['rules', 'approved', 'bruteForce'] as const

export function IpRulesPage() {
  const { t } = useTranslation('response')
  const { show = 'all' } = useSearch({ from: '/inside/ip-rules' })
  const navigate = useNavigate()
  const mayRespond = useMayRespond()
  const [adding, setAdding] = useState(false)
  const query = useQuery(ipRulesQuery(filterOf(show)))
  const items = query.data?.items ?? []
  return (
    <div>
      <PageHeader title={t('ipRules.title')}>
        {mayRespond && (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setAdding(true)}>
            {t('ipRules.add')}
          </Button>
        )}
      </PageHeader>
      <p className={classes.intro}>{t('ipRules.intro')}</p>
      <Tabs defaultValue="rules" keepMounted={false}>
        <Tabs.List px="md">
          {tabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {t(`ipRules.tab.${name}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="rules" pt="md">
          <div className={classes.bar}>
            <SegmentedControl
              aria-label={t('ipRules.filter.label')}
              size="xs"
              value={show}
              onChange={(value) =>
                void navigate({ to: '/ip-rules', search: { show: value as RuleFilter }, replace: true })
              }
              data={ruleFilters.map((value) => ({ value, label: t(`ipRules.filter.${value}`) }))}
            />
          </div>
          {query.isPending && <LoadingLines />}
          {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
          {query.data && items.length === 0 && (
            <EmptyState
              icon={<IconBan size={22} />}
              title={show === 'all' ? t('ipRules.none') : t('ipRules.noneFiltered')}
            >
              {show === 'all' && t('ipRules.noneWords')}
            </EmptyState>
          )}
          {items.length > 0 && <RuleTable rules={items} mayRespond={mayRespond} />}
        </Tabs.Panel>
        <Tabs.Panel value="approved">
          <Approved />
        </Tabs.Panel>
        <Tabs.Panel value="bruteForce">
          <BruteForce />
        </Tabs.Panel>
      </Tabs>
      {adding && <RuleForm onClose={() => setAdding(false)} />}
    </div>
  )
}

function filterOf(show: RuleFilter) {
  if (show === 'inForce') return { inForce: 'yes' as const }
  if (show === 'system' || show === 'custom') return { kind: show }
  return {}
}
