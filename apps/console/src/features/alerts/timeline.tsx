/** Evidence and handling in the order of time, with the pauses between them. */
import type { AlertDetail } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { describeEvent } from '../../parts/describe-event.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { FoldedText } from '../../parts/folded-text.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './timeline.module.css'

interface Moment {
  key: string
  atMs: number
  kind: 'event' | 'handling'
  title: string
  evidence?: string
  words?: string
}

export function Timeline({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const moments = useMoments(detail)
  let day = ''
  return (
    <div>
      {detail.evidenceTotal > detail.evidence.length && (
        <p className={classes.note}>
          {t('timeline.partial', {
            shown: formats.count(detail.evidence.length),
            count: detail.evidenceTotal,
            all: formats.count(detail.evidenceTotal),
          })}
        </p>
      )}
      <ol className={classes.list}>
        {moments.map((moment) => {
          const newDay = formats.day(moment.atMs) !== day
          day = formats.day(moment.atMs)
          return (
            <li key={moment.key} className={classes.item} data-kind={moment.kind}>
              {newDay && <div className={classes.day}>{day}</div>}
              <time
                className={classes.time}
                dateTime={new Date(moment.atMs).toISOString()}
                title={formats.exact(moment.atMs)}
              >
                {formats.clock(moment.atMs)}
              </time>
              <span className={classes.dot} aria-hidden />
              <div className={classes.what}>
                <div className={classes.title}>{moment.title}</div>
                {moment.evidence && <FoldedText value={moment.evidence} limit={300} />}
                {moment.words && <VisibleText value={moment.words} lines />}
              </div>
            </li>
          )
        })}
      </ol>
    </div>
  )
}

function useMoments(detail: AlertDetail): Moment[] {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const events = detail.evidence.map(
    (event): Moment => ({
      key: event.id,
      atMs: event.at,
      kind: 'event',
      title: word(`event.${event.type.replace('.', ' ')}`, { defaultValue: event.type }),
      evidence: describeEvent(event),
    }),
  )
  const handlings = detail.history.map(
    (entry): Moment => ({
      key: entry.id,
      atMs: new Date(entry.at).getTime(),
      kind: 'handling',
      title:
        entry.operation === 'raised'
          ? t('timeline.raised')
          : t('timeline.handled', {
              actor: entry.actor,
              operation: t(`operation.${entry.operation}`, { defaultValue: entry.operation }),
            }),
      words: entry.note ?? '',
    }),
  )
  return [...events, ...handlings].sort((a, b) => a.atMs - b.atMs)
}
