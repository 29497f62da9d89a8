/** What happened around the alert, in the order of time: events and alerts, with the span, the scope and the kinds to choose. */
import { Button, Chip, Group, SegmentedControl } from '@mantine/core'
import type { AlertDetail, TimelineItem } from '@rampart/api'
import { IconClockOff } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type TimelineFilter, timelineQuery } from '../../api/investigation-queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { FoldedText } from '../../parts/folded-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useFormats } from '../../parts/time.ts'
import { readAlertSearch } from './search.ts'
import classes from './timeline.module.css'

type Scope = NonNullable<TimelineFilter['scope']>
type Kind = TimelineItem['group']
const spans = { '1m': 60_000, '10m': 600_000, '1h': 3_600_000, '24h': 86_400_000 } as const
type SpanName = keyof typeof spans
const kinds: readonly Kind[] = ['process', 'file', 'network', 'logon', 'other']

export function Timeline({ detail }: { detail: AlertDetail }) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const [scope, setScope] = useState<Scope>(detail.processChain.length > 0 ? 'tree' : 'asset')
  const [span, setSpan] = useState<SpanName>('10m')
  const [chosen, setChosen] = useState<string[]>([])
  const query = useInfiniteQuery(
    timelineQuery(detail.id, { scope, aroundMs: spans[span], ...(chosen.length > 0 && { group: chosen as Kind[] }) }),
  )
  const pages = query.data?.pages ?? []
  const scopes = pages[0]?.scopes ?? [scope]
  // The server tells the newest first; here time runs downwards.
  const items = pages.flatMap((page) => page.items).reverse()
  const list = useRef<HTMLOListElement>(null)
  const shown = `${scope} ${span} ${pages.length > 0}`
  // The alert itself first; what was before it is above.
  useEffect(() => {
    if (shown) list.current?.querySelector('[data-own]')?.scrollIntoView({ block: 'center' })
  }, [shown])
  const shortfall = pages.find((page) => page.shortfall)?.shortfall
  return (
    <div>
      <div className={classes.bar}>
        <SegmentedControl
          size="xs"
          aria-label={t('timeline.scopes')}
          value={scope}
          onChange={(value) => setScope(value as Scope)}
          data={scopes.map((name) => ({ value: name, label: t(`timeline.scope.${name}`) }))}
        />
        <SegmentedControl
          size="xs"
          aria-label={t('timeline.spans')}
          value={span}
          onChange={(value) => setSpan(value as SpanName)}
          data={(Object.keys(spans) as SpanName[]).map((name) => ({ value: name, label: t(`timeline.span.${name}`) }))}
        />
        <Chip.Group multiple value={chosen} onChange={setChosen}>
          <Group gap={4} role="group" aria-label={t('timeline.kinds')}>
            {kinds.map((kind) => (
              <Chip key={kind} value={kind} size="xs">
                {t(`timeline.kind.${kind}`)}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </div>
      {query.error && pages.length === 0 && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <LoadingLines lines={10} />}
      {shortfall && <p className={classes.note}>{t(`shortfall.${shortfall}`)}</p>}
      {query.isSuccess && items.length === 0 && (
        <EmptyState icon={<IconClockOff size={22} />} title={t('timeline.none.title')}>
          {t('timeline.none.words')}
        </EmptyState>
      )}
      {query.hasNextPage && (
        <Button
          size="compact-sm"
          variant="default"
          className={classes.earlier}
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('timeline.earlier')}
        </Button>
      )}
      {items.length > 0 && (
        <p className={classes.note} role="status">
          {t('timeline.count', { count: items.length, number: formats.count(items.length) })}
        </p>
      )}
      <ol ref={list} className={classes.list}>
        {items.map((item, place) => (
          <Moment
            key={`${item.kind} ${item.id}`}
            item={item}
            own={item.alertId === detail.id}
            newDay={place === 0 || formats.day(items[place - 1]?.at ?? 0) !== formats.day(item.at)}
          />
        ))}
      </ol>
    </div>
  )
}

function Moment({ item, own, newDay }: { item: TimelineItem; own: boolean; newDay: boolean }) {
  const { t } = useTranslation('investigation')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  return (
    <li
      className={classes.item}
      data-kind={item.kind}
      data-evidence={item.evidence || undefined}
      data-own={own || undefined}
    >
      {newDay && <div className={classes.day}>{formats.day(item.at)}</div>}
      <time className={classes.time} dateTime={item.at} title={formats.exact(item.at)}>
        {formats.clock(item.at)}
      </time>
      <span className={classes.dot} aria-hidden />
      <div className={classes.what}>
        {item.kind === 'alert' && item.alertId && item.level ? (
          <div className={classes.title}>
            <LevelMark level={item.level} />{' '}
            {own ? (
              <span>{t('timeline.raised', { title: item.type })}</span>
            ) : (
              <Link
                to="/alerts/$alertId"
                params={{ alertId: item.alertId }}
                search={(before) => readAlertSearch(before)}
              >
                {t('timeline.raised', { title: item.type })}
              </Link>
            )}
          </div>
        ) : (
          <>
            <div className={classes.title}>
              {word(`event.${item.type.replace('.', ' ')}`, { defaultValue: item.type })}
              {item.evidence && <span className={classes.evidence}>{t('tree.evidence')}</span>}
            </div>
            {item.sentence.length > 400 ? (
              <FoldedText value={item.sentence} limit={300} />
            ) : (
              <VisibleText value={item.sentence} />
            )}
          </>
        )}
      </div>
    </li>
  )
}
