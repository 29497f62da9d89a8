/** What became of a task that was given to the agents of several servers: a table that follows it. */
import type { AssetRow } from '@rampart/api'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { operationsQuery } from '../../api/queries.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Said } from '../../parts/said.tsx'
import { TaskState } from '../../parts/task-state.tsx'
import classes from './agent-tasks.module.css'

/** Operations that one page of the list may have. */
const followedMost = 200

interface AgentTasksProps {
  /** Name of the operation. */
  name: string
  assets: readonly Pick<AssetRow, 'id' | 'name'>[]
  /** Operations by asset. */
  begun: ReadonlyMap<string, string>
  /** A column of its own between name and state. */
  column?: { title: string; cell: (assetId: string) => ReactNode }
  /** Why it was not begun on an asset. */
  refused?: ReadonlyMap<string, string>
}

export function AgentTasks({ name, assets, begun, column, refused }: AgentTasksProps) {
  const { t } = useTranslation(['assets', 'response'])
  const list = useInfiniteQuery({ ...operationsQuery({ name, limit: followedMost }), enabled: begun.size > 0 })
  const tasks = new Map(
    list.data?.pages.flatMap(({ items }) => items.map(({ id, tasks: [task] }) => [id, task] as const)),
  )
  return (
    <div className={classes.scroller}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('tasks.server')}</th>
            {column && <th>{column.title}</th>}
            <th>{t('tasks.state')}</th>
          </tr>
        </thead>
        <tbody>
          {assets.map((asset) => {
            const task = tasks.get(begun.get(asset.id) ?? '')
            const state = task?.state ?? (begun.has(asset.id) ? 'queued' : null)
            const isOpen = state === 'running' && task?.progress !== null && task?.progress !== undefined
            const said = state === null ? refused?.get(asset.id) : state === 'running' ? null : task?.message
            return (
              <tr key={asset.id}>
                <td>
                  <VisibleText value={asset.name} />
                </td>
                {column && <td>{column.cell(asset.id)}</td>}
                <td aria-live="polite">
                  {state === null ? (
                    <span className={classes.dim}>{t(said ? 'tasks.refused' : 'tasks.waiting')}</span>
                  ) : (
                    <TaskState state={state}>
                      {t(`response:taskState.${state}`)}
                      {isOpen && ` ${Math.round((task?.progress ?? 0) * 100)} %`}
                    </TaskState>
                  )}
                  {said && (
                    <div className={classes.dim}>
                      <Said value={said} />
                    </div>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
