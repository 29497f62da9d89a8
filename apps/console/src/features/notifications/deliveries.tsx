/** The latest messages of one channel and what came of them. */
import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { notificationDeliveriesQuery } from '../../api/queries.ts'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Said } from '../../parts/said.tsx'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './form.module.css'

export function Deliveries({ channelId }: { channelId: string }) {
  const { t } = useTranslation('notifications')
  const list = useQuery(notificationDeliveriesQuery(channelId))
  if (list.isPending) return <LoadingLines />
  if (list.error) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />
  if (list.data.items.length === 0) return <p className={classes.dim}>{t('deliveries.none')}</p>
  return (
    <ul className={classes.deliveries}>
      {list.data.items.map((delivery) => (
        <li key={delivery.id}>
          <ExactTime at={delivery.at} />
          <span>
            {t(`deliveries.kind.${delivery.kind}`, { count: delivery.alerts })} ·{' '}
            {delivery.ok ? t('deliveries.ok', { ms: delivery.tookMs }) : t('deliveries.failed')}
            {!delivery.ok && (
              <span className={classes.dim}>
                {' '}
                <Said value={delivery.message} />
              </span>
            )}
          </span>
        </li>
      ))}
    </ul>
  )
}
