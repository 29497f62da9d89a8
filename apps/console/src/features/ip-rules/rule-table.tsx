/** Rules as a table: switch and remove, with the state on each asset. */
import { Button, Switch, VisuallyHidden } from '@mantine/core'
import type { IpRule } from '@rampart/api'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import { Said } from '../../parts/said.tsx'
import table from '../../parts/table.module.css'
import { TaskState } from '../../parts/task-state.tsx'
import { ExactTime } from '../../parts/time-text.tsx'
import { showToast } from '../../parts/toast.tsx'

export function RuleTable({ rules, mayRespond }: { rules: IpRule[]; mayRespond: boolean }) {
  const { t } = useTranslation('response')
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">{t('ipRules.column.address')}</th>
          <th scope="col">{t('ipRules.column.direction')}</th>
          <th scope="col">{t('ipRules.column.assets')}</th>
          <th scope="col">{t('ipRules.column.reason')}</th>
          <th scope="col">{t('ipRules.column.expires')}</th>
          <th scope="col">{t('ipRules.column.state')}</th>
          <th scope="col">{t('ipRules.column.on')}</th>
          <th scope="col">
            <VisuallyHidden>{t('ipRules.column.actions')}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {rules.map((rule) => (
          <RuleRow key={rule.id} rule={rule} mayRespond={mayRespond} />
        ))}
      </tbody>
    </table>
  )
}

const shownAssets = 3
const shownBeside = 2

function RuleRow({ rule, mayRespond }: { rule: IpRule; mayRespond: boolean }) {
  const { t } = useTranslation('response')
  const words = useErrorWords()
  const renew = useRenewResponses()
  const stays = () =>
    rule.inForce &&
    rule.beside.length > 0 &&
    showToast({ words: t('ipRules.stays', { address: rule.address, count: rule.beside.length }) })
  const turn = useMutation({
    mutationFn: (enabled: boolean) => call('switchIpRule', { id: rule.id, body: { enabled } }),
    onSuccess: (_rule, enabled) => !enabled && stays(),
    onSettled: renew,
  })
  const remove = useMutation({
    mutationFn: () => call('deleteIpRule', { id: rule.id }),
    onSuccess: stays,
    onSettled: renew,
  })
  const failure = turn.error ?? remove.error
  const counts = Object.entries(Object.groupBy(rule.states, ({ state }) => state))
  const faults = rule.states.filter(({ state }) => state === 'failed')
  return (
    <tr>
      <td>
        <span className={`num ${table.main}`}>{rule.address}</span>
        <div className={`${table.dim} ${table.small}`}>{t(`ipRules.kind.${rule.kind}`)}</div>
        {rule.beside.slice(0, shownBeside).map((one) => (
          <div key={one.id} className={`${table.dim} ${table.small}`}>
            {t('ipRules.beside', { address: one.address, actor: one.actor })}
            {one.expiresAt && (
              <>
                {' '}
                {t('blocked.until')} <ExactTime at={one.expiresAt} />
              </>
            )}
          </div>
        ))}
      </td>
      <td data-label={t('ipRules.column.direction')}>{t(`direction.${rule.direction}`)}</td>
      <td data-label={t('ipRules.column.assets')}>
        {rule.assets === null
          ? t('ipRules.allAssets')
          : rule.assets.slice(0, shownAssets).map((asset) => (
              <div key={asset.id}>
                <Link to="/assets/$assetId" params={{ assetId: asset.id }}>
                  <VisibleText value={asset.name} />
                </Link>
              </div>
            ))}
        {rule.assets !== null && rule.assets.length > shownAssets && `+${rule.assets.length - shownAssets}`}
      </td>
      <td data-label={t('ipRules.column.reason')}>
        <VisibleText value={rule.reason} />
        <div className={`${table.dim} ${table.small}`}>
          <VisibleText value={rule.actor} />
        </div>
        {failure && (
          <div role="alert" className={table.small}>
            {words(failure).title} {words(failure).advice}
          </div>
        )}
      </td>
      <td data-label={t('ipRules.column.expires')}>
        {rule.expiresAt ? <ExactTime at={rule.expiresAt} /> : t('ipRules.never')}
      </td>
      <td data-label={t('ipRules.column.state')}>
        {!rule.enabled && counts.length === 0 && <TaskState state="removed">{t('ipRules.off')}</TaskState>}
        {rule.enabled && !rule.inForce ? (
          <TaskState state="removed">{t('ipRules.over')}</TaskState>
        ) : (
          counts.map(([state, list]) => (
            <div key={state}>
              <TaskState state={state}>{t(`ipRules.state.${state}`, { count: list?.length ?? 0 })}</TaskState>
            </div>
          ))
        )}
        {faults.slice(0, shownAssets).map((fault) => (
          <div key={fault.asset.id} className={`${table.dim} ${table.small}`}>
            <VisibleText value={`${fault.asset.name}: `} />
            <Said value={fault.message ?? ''} />
          </div>
        ))}
      </td>
      <td data-label={t('ipRules.column.on')}>
        <Switch
          aria-label={t('ipRules.switch', { address: rule.address })}
          checked={rule.inForce}
          disabled={!mayRespond || turn.isPending}
          onChange={(event) => turn.mutate(event.currentTarget.checked)}
        />
      </td>
      <td>
        {mayRespond && (
          <Button
            variant="default"
            size="compact-sm"
            loading={remove.isPending}
            aria-label={t('ipRules.removeOf', { address: rule.address })}
            onClick={() => remove.mutate()}
          >
            {t('ipRules.remove')}
          </Button>
        )}
      </td>
    </tr>
  )
}
