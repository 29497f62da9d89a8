/** What was found, newest first; a row opens to the whole event. */
import { Button } from '@mantine/core'
import type { EventPage } from '@rampart/api'
import {
  IconArrowDown,
  IconArrowUp,
  IconChevronDown,
  IconChevronRight,
  IconPlayerStop,
  IconSearchOff,
} from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { Fragment, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../parts/copy-button.tsx'
import { describeEvent } from '../../parts/describe-event.ts'
import { EvidenceText, MiddleText } from '../../parts/evidence-text.tsx'
import { JsonView } from '../../parts/json-view.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import type { useAnswer } from './answer.ts'
import classes from './results.module.css'
import { type EventSearch, quoted, withTerm } from './search.ts'

type Found = EventPage['items'][number]

interface Props {
  answer: ReturnType<typeof useAnswer>
  isValid: boolean
  columns: readonly string[]
  search: EventSearch
  onSearch: (change: Partial<EventSearch>) => void
}

export function Results({ answer, isValid, columns, search, onSearch }: Props) {
  const { t } = useTranslation('search')
  const formats = useFormats()
  const { events, isStopped, searchedTo } = answer
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  if (!isValid && !events.data) return null
  if (events.error && !events.data) return <ErrorState error={events.error} onRetry={() => void events.refetch()} />
  if (isStopped && !answer.isFresh)
    return (
      <EmptyState
        icon={<IconPlayerStop size={22} />}
        title={t('stopped.title')}
        action={
          <Button variant="default" onClick={answer.goOn}>
            {t('stopped.goOn')}
          </Button>
        }
      />
    )
  if (!events.data) return <LoadingLines lines={12} />
  const items = events.data.pages.flatMap((page) => page.items)
  // That time was up is said by how far the search came.
  const shortfall = events.data.pages.findLast((page) => page.shortfall && page.shortfall !== 'timeout')?.shortfall
  const isOldest = search.order === 'oldest'
  const toggle = (id: string) => {
    const next = new Set(open)
    if (!next.delete(id)) next.add(id)
    setOpen(next)
  }
  return (
    <>
      {shortfall && (
        <p className={classes.partial} role="status">
          {t(`shortfall.${shortfall}`)}
        </p>
      )}
      {isStopped && searchedTo !== null && (
        <p className={classes.partial} role="status">
          {t('stopped.at', { at: formats.exact(searchedTo) })}{' '}
          <Button size="compact-sm" variant="default" onClick={answer.more}>
            {t('stopped.goOn')}
          </Button>
        </p>
      )}
      {items.length === 0 && (answer.isSearching || isStopped) ? (
        answer.isSearching && <LoadingLines lines={12} />
      ) : items.length === 0 ? (
        <EmptyState icon={<IconSearchOff size={22} />} title={t('none.title')}>
          {t(search.q ? 'none.words' : 'none.noEvents')}
        </EmptyState>
      ) : (
        <div className={classes.scroll}>
          <table className={classes.table}>
            <caption className={classes.caption}>{t(isOldest ? 'resultsOldest' : 'results')}</caption>
            <thead>
              <tr>
                <th aria-sort={isOldest ? 'ascending' : 'descending'}>
                  <button
                    type="button"
                    className={classes.value}
                    title={t(isOldest ? 'order.toNewest' : 'order.toOldest')}
                    onClick={() => onSearch({ order: isOldest ? undefined : 'oldest' })}
                  >
                    {t('column.at')}
                    {isOldest ? <IconArrowUp size={12} /> : <IconArrowDown size={12} />}
                  </button>
                </th>
                {columns.map((name) => (
                  <th key={name}>{t(`column.${name.replace('.', '-')}`)}</th>
                ))}
                <th>{t('column.what')}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((event) => (
                <Row
                  key={event.id}
                  event={event}
                  columns={columns}
                  shown={open.has(event.id)}
                  onToggle={() => toggle(event.id)}
                  onAdd={(term) => onSearch({ q: withTerm(search.q ?? '', term) })}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {events.hasNextPage && searchedTo === null && (
        <Button className={classes.more} variant="default" loading={events.isFetchingNextPage} onClick={answer.more}>
          {t('more')}
        </Button>
      )}
    </>
  )
}

interface RowProps {
  event: Found
  columns: readonly string[]
  shown: boolean
  onToggle: () => void
  onAdd: (term: string) => void
}

function Row({ event, columns, shown, onToggle, onAdd }: RowProps) {
  const { t } = useTranslation('search')
  const formats = useFormats()
  const asset = valueAt(event, 'asset.id')
  const entity = valueAt(event, 'process.entityId')
  return (
    <Fragment>
      <tr className={classes.row}>
        <td className={classes.time}>
          <button
            type="button"
            className={classes.toggle}
            aria-expanded={shown}
            aria-label={t('row.open', { at: formats.exact(event.at) })}
            onClick={onToggle}
          >
            {shown ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
            {formats.exact(event.at)}
          </button>
        </td>
        {columns.map((name) => (
          <td key={name} data-column={t(`column.${name.replace('.', '-')}`)}>
            <Cell name={name} value={valueAt(event, name)} onAdd={onAdd} />
          </td>
        ))}
        <td className={classes.what}>
          <EvidenceText value={describeEvent(event).slice(0, 300)} />
        </td>
      </tr>
      {shown && (
        <tr className={classes.whole}>
          <td colSpan={columns.length + 2}>
            <div className={classes.actions}>
              {asset && (
                <Link to="/assets/$assetId" params={{ assetId: asset }}>
                  {t('row.asset')}
                </Link>
              )}
              <Link to="/alerts" search={{ event: [event.id], handled: 'all' }}>
                {t('row.alerts')}
              </Link>
              {entity && (
                <>
                  <Link to="/search" search={{ q: `process.entityId:${quoted(entity)}`, last: '30d' }}>
                    {t('row.process')}
                  </Link>
                  <Link to="/search" search={{ q: `process.parent.entityId:${quoted(entity)}`, last: '30d' }}>
                    {t('row.children')}
                  </Link>
                </>
              )}
              <CopyButton value={JSON.stringify(event, null, 2)} label={t('row.copy')} small />
            </div>
            <JsonView value={event} label={t('row.json', { type: event.type })} />
          </td>
        </tr>
      )}
    </Fragment>
  )
}

/** A click on a value asks for it. */
function Cell({ name, value, onAdd }: { name: string; value: string | null; onAdd: (term: string) => void }) {
  const { t } = useTranslation('search')
  if (value === null) return <span className={classes.dim}>–</span>
  return (
    <button
      type="button"
      className={classes.value}
      aria-label={t('row.filter', { field: name, value: value.slice(0, 80) })}
      onClick={() => onAdd(`${name}:${quoted(value)}`)}
    >
      <MiddleText value={value} copy={false} />
    </button>
  )
}

function valueAt(event: Found, path: string): string | null {
  let value: unknown = event
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as Record<string, unknown>)[name]
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null
}
