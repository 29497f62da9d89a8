/** The six numbers and the defence items, each with its last 24 hours. */
import { Skeleton } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link, type LinkProps } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { summaryQuery } from '../../api/queries.ts'
import { Sparkline } from '../../parts/sparkline.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './number-row.module.css'
import type { AlertSearch } from './search.ts'

const DefenceItems = lazy(() => import('./defence-items.tsx'))

interface Cell {
  name: string
  value: ReactNode
  trend?: readonly number[]
  tone?: 'urgent' | undefined
  to?: Pick<LinkProps, 'to' | 'search'>
  active?: boolean
}

export function NumberRow({ search }: { search: AlertSearch }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const summary = useQuery(summaryQuery).data
  const [defence, setDefence] = useState(false)
  if (!summary) return <Skeleton height={56} mx="lg" mb="md" width="auto" aria-label={t('loading')} />

  const only = (name: 'level' | 'type', value: string) => search[name]?.length === 1 && search[name][0] === value
  const unfiltered = Object.keys(search).every((name) => ['sort', 'order', 'view', 'tab'].includes(name))
  const cells: Cell[] = [
    {
      name: 'alertingServers',
      value: formats.count(summary.alertingServers.value),
      trend: summary.alertingServers.trend,
      to: { to: '/assets', search: { alerting: 'yes' } },
    },
    {
      name: 'allAlerts',
      value: formats.count(summary.allAlerts.value),
      trend: summary.allAlerts.trend,
      to: { to: '/alerts', search: {} },
      active: unfiltered,
    },
    {
      name: 'urgentAlerts',
      value: formats.count(summary.urgentAlerts.value),
      trend: summary.urgentAlerts.trend,
      tone: summary.urgentAlerts.value > 0 ? 'urgent' : undefined,
      to: { to: '/alerts', search: { level: ['Urgent'] } },
      active: only('level', 'Urgent'),
    },
    {
      name: 'preciseDefense',
      value: formats.count(summary.preciseDefense.value),
      trend: summary.preciseDefense.trend,
      to: { to: '/alerts', search: { type: ['Precision defense'], handled: 'all' } },
      active: only('type', 'Precision defense'),
    },
    {
      name: 'ipBlocking',
      value: t('number.ofAll', {
        part: formats.count(summary.ipBlocking.inForce),
        all: formats.count(summary.ipBlocking.all),
      }),
      trend: summary.ipBlocking.trend,
      to: { to: '/ip-rules', search: { show: 'inForce' } },
    },
    {
      name: 'quarantinedFiles',
      value: formats.count(summary.quarantinedFiles.value),
      trend: summary.quarantinedFiles.trend,
      to: { to: '/quarantine' },
    },
  ]
  return (
    <section className={classes.row} aria-label={t('number.label')}>
      {cells.map((cell) => (
        <NumberCell key={cell.name} {...cell} />
      ))}
      <button type="button" className={classes.cell} onClick={() => setDefence(true)}>
        <span className={classes.name}>{t('number.defenceItems')}</span>
        <span className={classes.value}>
          {t('number.ofAll', {
            part: formats.count(summary.defenceItems.enabled),
            all: formats.count(summary.defenceItems.all),
          })}
        </span>

        <svg
          className={classes.meter}
          width="71"
          height="6"
          viewBox="0 0 71 6"
          preserveAspectRatio="none"
          aria-hidden="true"
        >
          <rect className={classes.meterAll} width="71" height="6" rx="3" />
          <rect
            className={classes.meterOn}
            width={(71 * summary.defenceItems.enabled) / Math.max(1, summary.defenceItems.all)}
            height="6"
            rx="3"
          />
        </svg>
      </button>
      <Suspense>{defence && <DefenceItems onClose={() => setDefence(false)} />}</Suspense>
    </section>
  )
}

function NumberCell({ name, value, trend, tone, to, active }: Cell) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const sum = (trend ?? []).reduce((all, one) => all + one, 0)
  const content = (
    <>
      <span className={classes.name}>{t(`number.${name}`)}</span>
      <span className={classes.value} data-tone={tone}>
        {value}
      </span>

      {trend && <Sparkline values={trend} label={t('number.trend', { count: sum, number: formats.count(sum) })} />}
    </>
  )
  const hint = t(`number.hint.${name}`)
  if (!to) {
    return (
      <div className={classes.cell} title={hint}>
        {content}
      </div>
    )
  }
  return (
    <Link {...to} className={classes.cell} title={hint} data-active={active || undefined}>
      {content}
    </Link>
  )
}
