/** State of an alert in a word with a dot. */
import type { AlertState } from '@rampart/api/vocabulary'
import { useTranslation } from 'react-i18next'
import classes from './state-badge.module.css'

export function StateBadge({ state }: { state: AlertState }) {
  const { t } = useTranslation('vocabulary')
  return (
    <span className={classes.badge} data-state={state}>
      {t(`state.${state}`)}
    </span>
  )
}
