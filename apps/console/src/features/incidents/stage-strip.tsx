/** The ten stages of an attack as a strip: those that were reached are filled. */
import type { Stage } from '@rampart/api/vocabulary'
import { stages } from '@rampart/api/vocabulary'
import { useTranslation } from 'react-i18next'
import classes from './stage-strip.module.css'

export function StageStrip({ reached }: { reached: readonly Stage[] }) {
  const { t } = useTranslation('vocabulary')
  const { t: words } = useTranslation('incidents')
  const names = reached.map((stage) => t(`stage.${stage}`)).join(t('separator'))
  return (
    <span className={classes.strip} role="img" aria-label={words('stages.reached', { names })} title={names}>
      {stages.map((stage) => (
        <span key={stage} className={classes.cell} data-reached={reached.includes(stage) || undefined} />
      ))}
    </span>
  )
}
