/** Whitelist rules: what each takes, where, how often it did, who made it and why. */
import { Button, Switch } from '@mantine/core'
import type { WhitelistRule } from '@rampart/api'
import { IconListCheck, IconPencil, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { whitelistRulesQuery } from '../../api/queries.ts'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines, useErrorWords } from '../../parts/page-states.tsx'
import table from '../../parts/table.module.css'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { showToast } from '../../parts/toast.tsx'
import { EditRule } from './edit-rule.tsx'
import classes from './page.module.css'

export function WhitelistPage() {
  const { t } = useTranslation('whitelist')
  const rules = useQuery(whitelistRulesQuery)
  const [editing, setEditing] = useState<WhitelistRule>()
  const items = rules.data?.items
  return (
    <div className={classes.page}>
      <PageHeader title={t('title')} note={items && t('count', { count: items.length })} />
      {rules.error && !items && <ErrorState error={rules.error} onRetry={() => void rules.refetch()} />}
      {rules.isPending && <LoadingLines lines={8} />}
      {items?.length === 0 && (
        <EmptyState
          icon={<IconListCheck size={22} />}
          title={t('empty.title')}
          action={
            <Button component={Link} to="/alerts" variant="default">
              {t('empty.action')}
            </Button>
          }
        >
          {t('empty.words')}
        </EmptyState>
      )}
      {items && items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrolled by keys
        <div className={classes.scroller} tabIndex={0} role="group" aria-label={t('title')}>
          <table className={table.table}>
            <thead>
              <tr>
                <th>{t('column.rule')}</th>
                <th>{t('column.on')}</th>
                <th className={table.number}>{t('column.hits')}</th>
                <th>{t('column.made')}</th>
                <th>{t('column.state')}</th>
                <th>
                  <span className="sr-only">{t('column.acts')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {items.map((rule) => (
                <RuleRow key={rule.id} rule={rule} onEdit={() => setEditing(rule)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {editing && <EditRule rule={editing} onClose={() => setEditing(undefined)} />}
    </div>
  )
}

function RuleRow({ rule, onEdit }: { rule: WhitelistRule; onEdit: () => void }) {
  const { t } = useTranslation('whitelist')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  const about = 'type' in rule.about ? word(`type.${rule.about.type}`) : rule.aboutTitle
  return (
    <tr>
      <td>
        <div className={classes.about}>{about}</div>
        {rule.conditions.map((condition) => (
          <div key={JSON.stringify(condition)} className={classes.condition}>
            <span>{condition.field}</span> <em>{t(`operator.${condition.operator}`)}</em>{' '}
            <EvidenceText value={condition.value} />
          </div>
        ))}
        <div className={classes.reason}>
          <VisibleText value={rule.reason} lines />
        </div>
      </td>
      <td data-label={t('column.on')}>
        {rule.on === 'all' ? t('on.all') : <VisibleText value={rule.onName ?? ''} />}
        {rule.on !== 'all' && 'group' in rule.on && <div className={classes.dim}>{t('on.isGroup')}</div>}
      </td>
      <td data-label={t('column.hits')} className={table.number}>
        {formats.count(rule.hits)}
        <div className={classes.dim}>{rule.lastHitAt ? <RelativeTime at={rule.lastHitAt} /> : t('neverHit')}</div>
      </td>
      <td data-label={t('column.made')}>
        <VisibleText value={rule.madeBy} />
        <div className={classes.dim}>
          <RelativeTime at={rule.madeAt} />
        </div>
        {rule.alertId && (
          <Link to="/alerts/$alertId" params={{ alertId: rule.alertId }} className={classes.small}>
            {t('fromAlert')}
          </Link>
        )}
      </td>
      <td data-label={t('column.state')}>
        <span className={classes.state} data-state={rule.state}>
          {t(`state.${rule.state}`)}
        </span>
        <div className={classes.dim}>
          {rule.expiresAt ? t('until', { at: formats.exact(rule.expiresAt) }) : t('expires.never')}
        </div>
      </td>
      <td>
        <RuleActs rule={rule} onEdit={onEdit} />
      </td>
    </tr>
  )
}

function RuleActs({ rule, onEdit }: { rule: WhitelistRule; onEdit: () => void }) {
  const { t } = useTranslation('whitelist')
  const words = useErrorWords()
  const client = useQueryClient()
  const renew = () => client.invalidateQueries({ queryKey: whitelistRulesQuery.queryKey })
  const onError = (error: unknown) => {
    const { title, advice } = words(error)
    showToast({ words: `${title} ${advice}` })
  }
  const toggle = useMutation({
    mutationFn: (enabled: boolean) => call('changeWhitelistRule', { id: rule.id, body: { enabled } }),
    onSuccess: renew,
    onError,
  })
  const remove = useMutation({
    mutationFn: () => call('deleteWhitelistRule', { id: rule.id }),
    onSuccess: async () => {
      await renew()
      showToast({
        words: t('deleted'),
        action: {
          words: t('undo'),
          act: () => void call('restoreWhitelistRule', { id: rule.id }).then(renew, onError),
        },
      })
    },
    onError,
  })
  return (
    <div className={classes.acts}>
      <Switch
        size="xs"
        aria-label={t('switch', { reason: rule.reason })}
        checked={rule.state !== 'disabled'}
        onChange={(event) => toggle.mutate(event.currentTarget.checked)}
      />
      <Button size="compact-sm" variant="default" leftSection={<IconPencil size={13} />} onClick={onEdit}>
        {t('edit')}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconTrash size={13} />}
        loading={remove.isPending}
        onClick={() => remove.mutate()}
      >
        {t('delete')}
      </Button>
    </div>
  )
}
