/** An alert in two lines, for narrow lists and telephones. */
import type { AlertRow } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { MiddleText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './compact-row.module.css'
import { openStates } from './search.ts'

/** `role` is that of a cell where the row is part of a grid. */
export function CompactRow({ row, role }: { row: AlertRow; role?: 'gridcell' }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  return (
    <div role={role} className={classes.row}>
      <LevelMark level={row.level} />
      <div className={classes.lines}>
        <div className={classes.line}>
          <span className={classes.title}>{row.title}</span>
          {row.count > 1 && (
            <span className={classes.count} title={t('column.count')}>
              {t('list.times', { number: formats.count(row.count) })}
            </span>
          )}
          <span className={classes.time}>
            <RelativeTime at={row.lastAt} />
          </span>
        </div>
        <div className={classes.line}>
          <span className={classes.asset}>
            <VisibleText value={row.asset.name} />
          </span>
          <span className={classes.entity}>
            <MiddleText value={row.entity.value} copy={false} />
          </span>
          {row.state !== openStates[0] && <StateBadge state={row.state} />}
        </div>
      </div>
    </div>
  )
}
