/** One process of the tree: who, when, with what command, how it ended, which alerts; what it did on demand. */
import type { TreeProcess } from '@rampart/api'
import { IconChevronDown, IconChevronRight, IconTargetArrow } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { timelineQuery } from '../../api/investigation-queries.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { FoldedText } from '../../parts/folded-text.tsx'
import { LevelMark } from '../../parts/level-mark.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './process-tree.module.css'
import { readAlertSearch } from './search.ts'

interface RowProps {
  alertId: string
  node: TreeProcess
  root: boolean
  day: string | undefined
  /** Undefined when nothing can be below it. */
  open: boolean | undefined
  onToggle: () => void
}

export function ProcessRow({ alertId, node, root, day, open, onToggle }: RowProps) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const [acts, setActs] = useState(false)
  const name = node.name ?? node.executable?.split('/').at(-1) ?? t('tree.unknown')
  const command = node.commandLine ?? node.executable
  const did = (node.connections ?? 0) + (node.files ?? 0)
  return (
    <div className={classes.node} data-marked={node.marked || undefined} data-root={root || undefined}>
      <div className={classes.head}>
        {open !== undefined && (
          <button
            type="button"
            tabIndex={-1}
            className={classes.toggle}
            aria-hidden
            title={open ? t('tree.close') : t('tree.open')}
            onClick={onToggle}
          >
            {open ? <IconChevronDown size={14} /> : <IconChevronRight size={14} />}
          </button>
        )}
        {node.marked && <IconTargetArrow size={15} className={classes.mark} aria-hidden />}
        <span className={classes.name}>
          <VisibleText value={name} />
        </span>
        <span className={classes.pid}>{t('tree.pid', { pid: node.pid })}</span>
        {node.user !== null && (
          <span className={classes.user}>
            <VisibleText value={node.user} />
          </span>
        )}
        {node.startedAt && (
          <time className={classes.time} dateTime={node.startedAt} title={formats.exact(node.startedAt)}>
            {node.startedAt.slice(0, 10) === day ? '' : `${formats.day(node.startedAt)} `}
            {formats.clock(node.startedAt)}
          </time>
        )}
        {node.endedAt && (
          <span className={classes.time} title={formats.exact(node.endedAt)} data-failed={Boolean(node.exitCode)}>
            {node.signal === null
              ? t('tree.exit', { code: node.exitCode ?? '?' })
              : t('tree.signal', { signal: node.signal })}
          </span>
        )}
        {node.children !== null && node.children > 0 && (
          <span className={classes.pid}>
            {t('tree.children', { count: node.children, number: formats.count(node.children) })}
          </span>
        )}
        {node.alerts.map((alert) =>
          alert.id === alertId ? (
            <span key={alert.id} className={classes.alert}>
              <LevelMark level={alert.level} /> {t('tree.thisAlert')}
            </span>
          ) : (
            <Link
              key={alert.id}
              to="/alerts/$alertId"
              params={{ alertId: alert.id }}
              search={(before) => readAlertSearch(before)}
              tabIndex={-1}
              className={classes.alert}
              title={alert.title}
            >
              <LevelMark level={alert.level} /> {alert.title}
            </Link>
          ),
        )}
        {node.marked && <span className={classes.evidence}>{t('tree.evidence')}</span>}
      </div>
      {command && (
        <div className={classes.command}>
          <span className={classes.line}>
            <FoldedText value={command} />
          </span>
          <CopyButton value={command} small />
        </div>
      )}
      {node.executable && node.executable !== command && (
        <div className={classes.executable}>
          <EvidenceText value={node.executable} />
        </div>
      )}
      {(did > 0 || node.connections === null) && (
        <button
          type="button"
          tabIndex={-1}
          className={classes.acts}
          aria-expanded={acts}
          onClick={() => setActs(!acts)}
        >
          {node.connections === null
            ? t('tree.acts')
            : t('tree.did', {
                connections: formats.count(node.connections ?? 0),
                files: formats.count(node.files ?? 0),
              })}
        </button>
      )}
      {acts && <Acts alertId={alertId} of={node.entityId} />}
    </div>
  )
}

/** Around the alert this far, as the tree itself. */
const aroundMs = 6 * 3_600_000

function Acts({ alertId, of }: { alertId: string; of: string }) {
  const { t } = useTranslation('investigation')
  const formats = useFormats()
  const query = useInfiniteQuery(timelineQuery(alertId, { scope: 'process', of, aroundMs, group: ['network', 'file'] }))
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.isPending) return <p className={classes.note}>{t('tree.loading')}</p>
  if (query.error) return <p className={classes.note}>{t('tree.failed')}</p>
  if (items.length === 0) return <p className={classes.note}>{t('tree.noActs')}</p>
  return (
    <>
      <ul className={classes.actList}>
        {items.map((item) => (
          <li key={item.id}>
            <time className={classes.time} dateTime={item.at}>
              {formats.clock(item.at)}
            </time>{' '}
            <VisibleText value={item.sentence} />
          </li>
        ))}
      </ul>
      {query.hasNextPage && (
        <button type="button" className={classes.acts} onClick={() => void query.fetchNextPage()}>
          {t('tree.nextPage')}
        </button>
      )}
    </>
  )
}
