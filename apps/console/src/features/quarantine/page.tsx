/** Quarantine: files in the vaults of the hosts; restore, download, delete. */
import { Button, Select, TextInput, VisuallyHidden } from '@mantine/core'
import type { QuarantinedFile } from '@rampart/api'
import { IconFileOff } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { quarantineQuery } from '../../api/queries.ts'
import { MiddleText, VisibleText } from '../../parts/evidence-text.tsx'
import { useMayRespond } from '../../parts/may-respond.ts'
import classes from '../../parts/page-body.module.css'
import { PageHeader } from '../../parts/page-header.tsx'
import { EmptyState, ErrorState, LoadingLines } from '../../parts/page-states.tsx'
import { Said } from '../../parts/said.tsx'
import table from '../../parts/table.module.css'
import { TaskState } from '../../parts/task-state.tsx'
import { useFormats } from '../../parts/time.ts'
import { ExactTime, RelativeTime } from '../../parts/time-text.tsx'
import { FileActions } from './file-actions.tsx'

const states = ['quarantined', 'quarantining', 'restoring', 'restored', 'failed', 'deleted', 'expired'] as const
type State = (typeof states)[number]

export function QuarantinePage() {
  const { t } = useTranslation('response')
  const [state, setState] = useState<State | null>(null)
  const [q, setQ] = useState('')
  const mayRespond = useMayRespond()
  const query = useInfiniteQuery(
    quarantineQuery({ ...(state && { state: [state] }), ...(q.trim() && { q: q.trim() }) }),
  )
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const filtered = state !== null || q.trim() !== ''
  return (
    <div>
      <PageHeader title={t('quarantine.title')} />
      <p className={classes.intro}>{t('quarantine.intro')}</p>
      <div className={classes.bar}>
        <TextInput
          aria-label={t('quarantine.search')}
          placeholder={t('quarantine.search')}
          value={q}
          maxLength={256}
          onChange={(event) => setQ(event.currentTarget.value)}
        />
        <Select
          aria-label={t('quarantine.filter')}
          placeholder={t('quarantine.all')}
          clearable
          value={state}
          onChange={(value) => setState(value as State | null)}
          data={states.map((value) => ({ value, label: t(`quarantine.state.${value}`) }))}
        />
      </div>
      {query.isPending && <LoadingLines />}
      {query.error && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && items.length === 0 && (
        <EmptyState
          icon={<IconFileOff size={22} />}
          title={filtered ? t('quarantine.noneFiltered') : t('quarantine.none')}
        >
          {!filtered && t('quarantine.noneWords')}
        </EmptyState>
      )}
      {items.length > 0 && (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t('quarantine.column.path')}</th>
              <th scope="col">{t('quarantine.column.host')}</th>
              <th scope="col">{t('quarantine.column.file')}</th>
              <th scope="col">{t('quarantine.column.found')}</th>
              <th scope="col">{t('quarantine.column.state')}</th>
              <th scope="col">{t('quarantine.column.time')}</th>
              <th scope="col">
                <VisuallyHidden>{t('quarantine.column.actions')}</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((file) => (
              <FileRow key={file.id} file={file} mayRespond={mayRespond} />
            ))}
          </tbody>
        </table>
      )}
      {query.hasNextPage && (
        <div className={classes.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('quarantine.more')}
          </Button>
        </div>
      )}
    </div>
  )
}

function FileRow({ file, mayRespond }: { file: QuarantinedFile; mayRespond: boolean }) {
  const { t } = useTranslation('response')
  const formats = useFormats()
  const failed = file.state === 'failed' || (file.state === 'quarantined' && file.code !== null && isTrouble(file.code))
  return (
    <tr>
      <td className={classes.narrow}>
        <MiddleText value={file.path} />
        {file.sha256 && (
          <div className={`${table.dim} ${table.small}`}>
            <MiddleText value={file.sha256} />
          </div>
        )}
      </td>
      <td data-label={t('quarantine.column.host')}>
        <Link className={classes.nowrap} to="/assets/$assetId" params={{ assetId: file.asset.id }}>
          <VisibleText value={file.asset.name} />
        </Link>
      </td>
      <td data-label={t('quarantine.column.file')}>
        {file.mode !== null && (
          <span className="num">
            {t('quarantine.owner', {
              owner: file.ownerId,
              group: file.groupId,
              mode: file.mode.toString(8).padStart(4, '0'),
            })}
          </span>
        )}
        {file.sizeBytes !== null && <div className={table.dim}>{formats.bytes(file.sizeBytes)}</div>}
        {file.otherNames > 0 && <div>{t('quarantine.otherNames', { count: file.otherNames })}</div>}
      </td>
      <td data-label={t('quarantine.column.found')}>
        {file.alertId ? (
          <Link to="/alerts/$alertId" params={{ alertId: file.alertId }}>
            <VisibleText value={file.model ?? file.alertId} />
          </Link>
        ) : (
          <VisibleText value={file.model ?? file.actor} />
        )}
      </td>
      <td data-label={t('quarantine.column.state')}>
        <TaskState state={file.state}>{t(`quarantine.state.${file.state}`)}</TaskState>
        {failed && file.message && (
          <div className={`${table.dim} ${table.small}`}>
            <Said value={file.message} />
          </div>
        )}
      </td>
      <td data-label={t('quarantine.column.time')}>
        <RelativeTime at={file.createdAt} />
        {file.keptUntil && file.state === 'quarantined' && (
          <div className={`${table.dim} ${table.small}`}>
            {t('quarantine.keptUntil')} <ExactTime at={file.keptUntil} />
          </div>
        )}
      </td>
      <td>{mayRespond && file.state === 'quarantined' && <FileActions file={file} />}</td>
    </tr>
  )
}

const isTrouble = (code: string) => code.startsWith('restore.') || code.startsWith('task.') || code === 'vault.damaged'
