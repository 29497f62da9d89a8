/** The events as they were stored: highlighted, foldable, to copy. */
import type { AlertDetail } from '@rampart/api'
import { IconChevronDown, IconChevronRight, IconFileOff } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../parts/copy-button.tsx'
import { describeEvent } from '../../parts/describe-event.ts'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { EmptyState } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './raw-events.module.css'

export function RawEvents({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('alerts')
  const formats = useFormats()
  const { evidence, evidenceTotal } = detail
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set(evidence.slice(0, 1).map((event) => event.id)))
  if (evidence.length === 0) {
    return (
      <EmptyState icon={<IconFileOff size={22} />} title={t('events.none.title')}>
        {t('events.none.words')}
      </EmptyState>
    )
  }
  const toggle = (id: string) => {
    const next = new Set(open)
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  return (
    <div>
      <div className={classes.bar}>
        <span>
          {t('timeline.partial', {
            shown: formats.count(evidence.length),
            count: evidenceTotal,
            all: formats.count(evidenceTotal),
          })}
        </span>
        <CopyButton value={evidence.map((event) => JSON.stringify(event)).join('\n')} label={t('events.copyAll')} />
      </div>
      <ul className={classes.list}>
        {evidence.map((event) => {
          const shown = open.has(event.id)
          return (
            <li key={event.id} className={classes.event}>
              <div className={classes.head}>
                <button type="button" className={classes.toggle} aria-expanded={shown} onClick={() => toggle(event.id)}>
                  {shown ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
                  <span className={classes.time}>{formats.clock(event.at)}</span>
                  <span className={classes.type}>{event.type}</span>
                  {!shown && (
                    <span className={classes.brief}>
                      <EvidenceText value={describeEvent(event).slice(0, 160)} />
                    </span>
                  )}
                </button>
                <CopyButton value={JSON.stringify(event, null, 2)} label={t('events.copy')} small />
              </div>
              {shown && <JsonView value={event} label={t('events.json', { type: event.type })} />}
            </li>
          )
        })}
      </ul>
    </div>
  )
}
