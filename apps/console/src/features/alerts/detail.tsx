/** One alert: what it is on top, how to handle it, and everything known about it in tabs. */
import { ActionIcon, Skeleton, Tabs, Tooltip } from '@mantine/core'
import type { AlertDetail, AlertRow, BatchRequest, OperationName } from '@rampart/api'
import {
  IconArrowLeft,
  IconArrowsDiagonal,
  IconArrowsDiagonalMinimize2,
  IconChevronDown,
  IconChevronUp,
  IconStack2,
  IconX,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { absolute, alertQuery } from '../../api/queries.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { useShortcuts } from '../../parts/shortcut.ts'
import { StateBadge } from '../../parts/state-badge.tsx'
import { useFormats } from '../../parts/time.ts'
import { RelativeTime } from '../../parts/time-text.tsx'
import classes from './detail.module.css'
import { DetailOverview } from './detail-overview.tsx'
import { HandlingButtons } from './handling-buttons.tsx'
import { HandlingDialog } from './handling-dialog.tsx'
import { History } from './history.tsx'
import type { Batch } from './page.tsx'
import { RawEvents } from './raw-events.tsx'
import { Related } from './related.tsx'
import { ResponseResults } from './response-menu.tsx'
import { type DetailTab, detailTabs, filterOf } from './search.ts'
import { SimilarDialog } from './similar-dialog.tsx'
import { type Named, WhitelistDialog } from './whitelist-dialog.tsx'

// Read when they are opened: the first load of the list stays small.
const ProcessTree = lazy(async () => ({ default: (await import('./process-tree.tsx')).ProcessTree }))
const Timeline = lazy(async () => ({ default: (await import('./timeline.tsx')).Timeline }))
const TracingGraph = lazy(async () => ({
  default: (await import('../../parts/tracing/tracing-graph.tsx')).TracingGraph,
}))

interface PanelProps {
  id: string
  /** It is the alert that the list marks; another one is about to be drawn otherwise, and keys are not for this one. */
  current: boolean
  /** What the list knows already, shown until the details arrive. */
  row: AlertRow | undefined
  tab: DetailTab
  full: boolean
  onTab: (tab: DetailTab) => void
  onClose: () => void
  onFull: (() => void) | undefined
  onStep: (by: 1 | -1) => void
  /** Asks for an operation on many alerts that are like this one. */
  onBatch: (batch: Batch) => void
}

export function AlertDetailPanel(props: PanelProps) {
  const { id, current, row, tab, full, onTab, onClose, onFull, onStep, onBatch } = props
  const { t } = useTranslation('alerts')
  const query = useQuery(alertQuery(id))
  const [handling, setHandling] = useState<OperationName>()
  const [alone, setAlone] = useState(false)
  /** Of the thing beside which whitelisting was asked for. */
  const [about, setAbout] = useState<Named>()
  const [similar, setSimilar] = useState(false)
  const ended = () => {
    setHandling(undefined)
    setAbout(undefined)
    setAlone(false)
  }
  const article = useRef<HTMLElement>(null)
  // In place of the list, the alert takes the focus; beside it, the list keeps it for walking on.
  useEffect(() => {
    if (full) article.current?.focus({ preventScroll: true })
  }, [full])
  const detail = query.data
  const shown = detail ?? row
  const offered = (name: OperationName) => detail?.operations.some((one) => one.name === name && one.offered)
  const ask = (name: OperationName) => () => offered(name) && setHandling(name)
  useShortcuts(
    {
      h: ask('handled manually'),
      e: ask('handled manually'),
      i: ask('ignore'),
      f: ask('false positive'),
      w: ask('add to whitelist'),
      d: ask('defend without notification'),
      r: ask('reopen'),
      u: ask('undo'),
      a: ask('assign'),
      m: ask('add note'),
      s: () => setSimilar(true),
    },
    current,
  )

  return (
    <article
      ref={article}
      tabIndex={-1}
      className={classes.panel}
      data-full={full || undefined}
      aria-label={shown?.title ?? t('details')}
    >
      <div className={classes.tools}>
        {full ? (
          <Tool label={t('detail.back')} icon={<IconArrowLeft size={18} />} act={onClose} />
        ) : (
          <>
            <Tool label={t('detail.previous')} icon={<IconChevronUp size={18} />} act={() => onStep(-1)} />
            <Tool label={t('detail.next')} icon={<IconChevronDown size={18} />} act={() => onStep(1)} />
          </>
        )}
        <Tool label={t('similar.tool')} icon={<IconStack2 size={17} />} act={() => setSimilar(true)} />
        <span className={classes.space} />
        <CopyButton value={`${location.origin}/alerts/${encodeURIComponent(id)}`} label={t('detail.copyLink')} />
        {onFull && (
          <Tool
            label={full ? t('detail.beside') : t('detail.full')}
            icon={full ? <IconArrowsDiagonalMinimize2 size={17} /> : <IconArrowsDiagonal size={17} />}
            act={onFull}
          />
        )}
        {!full && <Tool label={t('detail.close')} icon={<IconX size={18} />} act={onClose} />}
      </div>
      {query.error && !detail ? (
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <Header row={shown} detail={detail} onHandle={setHandling} />
          <Tabs
            className={classes.tabs}
            value={tab}
            onChange={(value) => onTab((value as DetailTab) ?? 'overview')}
            keepMounted={false}
          >
            <Tabs.List className={classes.tabList}>
              {detailTabs.map((name) => (
                <Tabs.Tab key={name} value={name}>
                  {t(`tab.${name}`)}
                  {detail && <TabCount value={countOf(name, detail)} />}
                </Tabs.Tab>
              ))}
            </Tabs.List>
            {detailTabs.map((name) => (
              <Tabs.Panel key={name} value={name} className={classes.content}>
                {detail ? (
                  <Suspense fallback={<LoadingLines lines={10} />}>
                    <TabContent
                      name={name}
                      detail={detail}
                      onWhitelist={
                        offered('add to whitelist')
                          ? (named) => {
                              setAbout(named)
                              setHandling('add to whitelist')
                            }
                          : undefined
                      }
                    />
                  </Suspense>
                ) : (
                  <LoadingLines lines={10} />
                )}
              </Tabs.Panel>
            ))}
          </Tabs>
        </>
      )}
      {detail && handling === 'add to whitelist' && !alone && (
        <WhitelistDialog detail={detail} about={about} onClose={ended} onAlone={() => setAlone(true)} />
      )}
      {detail && handling && (handling !== 'add to whitelist' || alone) && (
        <HandlingDialog detail={detail} operation={handling} onClose={ended} />
      )}
      {similar && (
        <SimilarDialog
          id={id}
          onClose={() => setSimilar(false)}
          onHandle={(search, count) => {
            setSimilar(false)
            onBatch({
              operation: 'handled manually',
              count,
              what: { filter: absolute(filterOf(search)) as BatchRequest['filter'] },
            })
          }}
        />
      )}
    </article>
  )
}

interface HeaderProps {
  row: AlertRow | undefined
  detail: AlertDetail | undefined
  onHandle: (name: OperationName) => void
}

function Header({ row, detail, onHandle }: HeaderProps) {
  const { t } = useTranslation('alerts')
  const { t: word } = useTranslation('vocabulary')
  const formats = useFormats()
  if (!row) return <Skeleton height={64} mx="lg" mb="md" width="auto" />
  return (
    <header className={classes.header}>
      <div className={classes.marks}>
        <LevelMark level={row.level} words />
        <span className={classes.dim}>{word(`type.${row.type}`)}</span>
        <StateBadge state={row.state} />
      </div>
      <h2 className={classes.title}>{row.title}</h2>
      <dl className={classes.facts}>
        <Fact name={t('column.asset')}>
          <Link to="/assets/$assetId" params={{ assetId: row.asset.id }}>
            <VisibleText value={row.asset.name} />
          </Link>
        </Fact>
        <Fact name={t('column.lastAt')}>
          <RelativeTime at={row.lastAt} />
        </Fact>
        <Fact name={t('column.count')}>
          <span className="num">{formats.count(row.count)}</span>
        </Fact>
        {(row.state === 'whitelisted' || row.silent) && (
          <Fact name={t('column.hits')}>
            <span className="num">{formats.count(row.hits)}</span>
          </Fact>
        )}
        {detail?.incident && (
          <Fact name={t('detail.incident')}>
            <Link to="/incidents/$incidentId" params={{ incidentId: detail.incident.id }}>
              <VisibleText value={detail.incident.title} /> ({formats.count(detail.incident.alertCount)})
            </Link>
          </Fact>
        )}
        {row.assignee && (
          <Fact name={t('column.assignee')}>
            <VisibleText value={row.assignee} />
          </Fact>
        )}
      </dl>
      {detail && <HandlingButtons detail={detail} onHandle={onHandle} />}
    </header>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

interface TabProps {
  name: DetailTab
  detail: AlertDetail
  onWhitelist: ((named: Named) => void) | undefined
}

function TabContent({ name, detail, onWhitelist }: TabProps) {
  if (name === 'overview')
    return (
      <>
        <ResponseResults detail={detail} />
        <DetailOverview detail={detail} onWhitelist={onWhitelist} />
      </>
    )
  if (name === 'processes') return <ProcessTree key={detail.id} detail={detail} />
  if (name === 'timeline') return <Timeline detail={detail} />
  if (name === 'graph') return <TracingGraph key={detail.id} of="alert" id={detail.id} />
  if (name === 'events') return <RawEvents detail={detail} />
  if (name === 'related') return <Related rows={detail.related} />
  return (
    <>
      <ResponseResults detail={detail} all />
      <History detail={detail} />
    </>
  )
}

function countOf(name: DetailTab, detail: AlertDetail): number | undefined {
  if (name === 'processes') return detail.processChain.length
  if (name === 'events') return detail.evidenceTotal
  if (name === 'related') return detail.related.length
  if (name === 'history') return detail.history.length
  return undefined
}

function TabCount({ value }: { value: number | undefined }) {
  const formats = useFormats()
  return value ? <span className={classes.tabCount}>{formats.count(value)}</span> : null
}

function Tool({ label, icon, act }: { label: string; icon: ReactNode; act: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={act}>
        {icon}
      </ActionIcon>
    </Tooltip>
  )
}
