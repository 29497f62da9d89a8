/** The ten stages of an attack: when each was reached, with its alerts; those not reached stay dim. */
import type { IncidentDetail } from '@rampart/api'
import { stages } from '@rampart/api/vocabulary'
import { Link } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './stage-timeline.module.css'

const shownEach = 5

export function StageTimeline({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation('incidents')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  const reached = new Map(incident.stageTimes.map((one) => [one.stage, one]))
  const alerts = new Map(incident.alerts.map((alert) => [alert.id, alert]))
  const from = new Date(incident.firstAt).getTime()
  const lengthMs = Math.max(1, new Date(incident.lastAt).getTime() - from)
  const place = (at: string) => `${(((new Date(at).getTime() - from) / lengthMs) * 100).toFixed(2)}%`
  return (
    <ol className={classes.list}>
      {stages.map((stage) => {
        const one = reached.get(stage)
        if (!one) {
          return (
            <li key={stage} className={classes.stage}>
              <span className={classes.name}>{word(`stage.${stage}`)}</span>
              <span className={classes.dim}>{t('stages.not')}</span>
            </li>
          )
        }
        return (
          <li key={stage} className={classes.stage} data-reached>
            <span className={classes.name}>{word(`stage.${stage}`)}</span>
            <div className={classes.what}>
              <span className={classes.track} aria-hidden>
                <span
                  className={classes.bar}
                  style={{ left: place(one.firstAt), right: `calc(100% - ${place(one.lastAt)})` }}
                />
              </span>
              <time className={classes.time} dateTime={one.firstAt} title={formats.exact(one.firstAt)}>
                {formats.clock(one.firstAt)}
              </time>
              <ul className={classes.alerts}>
                {one.alertIds.slice(0, shownEach).map((id) => {
                  const alert = alerts.get(id)
                  if (!alert) return null
                  return (
                    <li key={id}>
                      <Link to="/alerts/$alertId" params={{ alertId: id }} search={{}} className={classes.link}>
                        <LevelMark level={alert.level} /> <span>{alert.title}</span>
                      </Link>
                      {incident.assets.length > 1 && (
                        <span className={classes.dim}>
                          <VisibleText value={alert.asset.name} />
                        </span>
                      )}
                    </li>
                  )
                })}
                {one.alertIds.length > shownEach && (
                  <li className={classes.dim}>
                    {t('stages.more', {
                      count: one.alertIds.length - shownEach,
                      number: formats.count(one.alertIds.length - shownEach),
                    })}
                  </li>
                )}
              </ul>
            </div>
          </li>
        )
      })}
    </ol>
  )
}
