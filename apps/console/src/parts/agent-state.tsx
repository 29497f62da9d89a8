/** State of an agent: a dot and a word. */
import type { AssetRow } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import classes from './agent-state.module.css'

export function AgentState({ state }: { state: AssetRow['agent']['state'] }) {
  const { t } = useTranslation('parts')
  return (
    <span className={classes.state} data-state={state}>
      {t(`agent.${state}`)}
    </span>
  )
}
