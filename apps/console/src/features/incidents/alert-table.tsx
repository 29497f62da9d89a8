/** The alerts of an incident, earliest first. */
import type { IncidentDetail } from '@rampart/api'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { MiddleText, VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { StageNames } from '../../parts/stage-names.tsx'
import { StateBadge } from '../../parts/state-badge.tsx'
import table from '../../parts/table.module.css'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './incident-page.module.css'

export function AlertTable({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation('incidents')
  const names = ['firstAt', 'level', 'alert', 'assets', 'entity', 'stages', 'state'] as const
  return (
    <table className={table.table}>
      <thead>
        <tr>
          {names.map((name) => (
            <th key={name} scope="col">
              {t(`column.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {incident.alerts.map((alert) => (
          <tr key={alert.id}>
            <td data-label={t('column.firstAt')} className={classes.nowrap}>
              <ExactTime at={alert.firstAt} />
            </td>
            <td data-label={t('column.level')}>
              <LevelMark level={alert.level} />
            </td>
            <td data-label={t('column.alert')}>
              <Link to="/alerts/$alertId" params={{ alertId: alert.id }} search={{}} className={table.main}>
                {alert.title}
              </Link>
            </td>
            <td data-label={t('column.assets')}>
              <VisibleText value={alert.asset.name} />
            </td>
            <td data-label={t('column.entity')} className={classes.entityCell}>
              <MiddleText value={alert.entity.value} />
            </td>
            <td data-label={t('column.stages')}>
              <StageNames stages={alert.stages} />
            </td>
            <td data-label={t('column.state')}>
              <StateBadge state={alert.state} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
