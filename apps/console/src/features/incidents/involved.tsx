/** What an incident is about: assets and entities with how many alerts name them; and what people wrote and did. */
import { Button } from '@mantine/core'
import type { IncidentDetail } from '@rampart/api'
import { IconBan } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { AssigneeSelect } from '../../parts/assignee-select.tsx'
import { BlockAddressDialog } from '../../parts/block-address.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Failure } from '../../parts/failure.tsx'
import { FoldedText } from '../../parts/folded-text.tsx'
import { useMayRespond } from '../../parts/may-respond.ts'
import { Said } from '../../parts/said.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import { NoteForm, WrittenNote } from '../../parts/written-note.tsx'
import classes from './incident-page.module.css'
import { useIncidentTitle } from './title.tsx'
import { useIncidentHandling, useNoteChange } from './use-incident-handling.ts'

export function Entities({ incident, limit = 100 }: { incident: IncidentDetail; limit?: number }) {
  const { t } = useTranslation('incidents')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  return (
    <ul className={classes.entities}>
      {incident.entities.slice(0, limit).map(({ kind, value, alertIds, block }) => (
        <li key={`${kind} ${value}`} className={classes.entity}>
          <span className={classes.kind}>{word(`entity.${kind}`)}</span>
          <span className={classes.value}>
            <FoldedText value={value} limit={200} /> <CopyButton value={value} small />
          </span>
          {block && <Block incident={incident} address={value} block={block} />}
          <Link to="/alerts" search={{ q: value.slice(0, 256), handled: 'all' }}>
            {t('entities.alerts', { count: alertIds.length, number: formats.count(alertIds.length) })}
          </Link>
        </li>
      ))}
    </ul>
  )
}

interface BlockProps {
  incident: IncidentDetail
  address: string
  block: NonNullable<IncidentDetail['entities'][number]['block']>
}

/** Whether the address is blocked; the way to block it; or why it never is. */
function Block({ incident, address, block: { reason, inForce } }: BlockProps) {
  const { t } = useTranslation('incidents')
  const mayRespond = useMayRespond()
  const titleOf = useIncidentTitle()
  const [asked, setAsked] = useState(false)
  if (inForce) return <Link to="/ip-rules">{t('entities.blocked')}</Link>
  if (reason !== null)
    return (
      <span className={classes.dim}>
        <Said value={reason} />
      </span>
    )
  if (!mayRespond) return null
  return (
    <>
      <Button
        variant="default"
        size="compact-xs"
        leftSection={<IconBan size={14} aria-hidden />}
        aria-label={t('entities.blockOf', { address })}
        onClick={() => setAsked(true)}
      >
        {t('entities.block')}
      </Button>
      {asked && (
        <BlockAddressDialog
          address={address}
          assets={incident.assets}
          reason={titleOf(incident)}
          incident={incident.id}
          onClose={() => setAsked(false)}
        />
      )}
    </>
  )
}

export function Notes({ incident }: { incident: IncidentDetail }) {
  const { t } = useTranslation('incidents')
  const { t: operation } = useTranslation('alerts')
  const [assignee, setAssignee] = useState(incident.assignee)
  const write = useIncidentHandling(incident)
  const change = useIncidentHandling(incident)
  const changeNote = useNoteChange(incident)
  return (
    <div className={classes.sections}>
      <NoteForm
        label={t('notes.write')}
        button={t('notes.add')}
        action={write}
        onWrite={(note, done) => write.mutate({ operation: 'add note', note }, { onSuccess: done })}
      />
      <form
        className={classes.assign}
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate({ operation: 'assign', assignee })
        }}
      >
        <AssigneeSelect value={assignee} onChange={setAssignee} />
        <Button type="submit" variant="default" disabled={assignee === incident.assignee}>
          {t('notes.assign')}
        </Button>
      </form>
      <Failure error={change.error} />
      <ol className={classes.history}>
        {incident.history.toReversed().map((entry) => (
          <li key={entry.id}>
            <div className={classes.head}>
              <strong>
                <VisibleText value={entry.actor} />
              </strong>
              <span>
                {t(`operation.${entry.operation}`, {
                  defaultValue: operation(`operation.${entry.operation}`, { defaultValue: entry.operation }),
                })}
              </span>
              <span className={classes.when}>
                <RelativeTime at={entry.at} />
              </span>
            </div>
            {entry.operation === 'add note' ? (
              <WrittenNote entry={entry} onChange={(text) => changeNote(entry.id, text)} />
            ) : (
              entry.note && (
                <p>
                  <VisibleText value={entry.note} lines />
                </p>
              )
            )}
          </li>
        ))}
      </ol>
    </div>
  )
}
