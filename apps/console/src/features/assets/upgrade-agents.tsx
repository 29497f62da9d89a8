/** Dialog that upgrades the agents of one or many servers, and shows what becomes of each. */
import { Button } from '@mantine/core'
import type { AssetRow } from '@rampart/api'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { operationsQuery } from '../../api/queries.ts'
import { Dialog, DialogBody, DialogButtons } from '../../parts/dialog.tsx'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { Failure } from '../../parts/failure.tsx'
import { TaskState } from '../../parts/task-state.tsx'
import classes from './upgrade-agents.module.css'

interface UpgradeProps {
  assets: readonly Pick<AssetRow, 'id' | 'name' | 'agent'>[]
  onClose: () => void
}

/** Operations that one page of the list may have. */
const followedMost = 200

export function UpgradeAgents({ assets, onClose }: UpgradeProps) {
  const { t } = useTranslation('assets')
  const { t: part } = useTranslation('parts')
  // What was offered when the dialog was opened: an agent that has its new version stays in the list.
  const [fit] = useState(() => assets.filter(({ agent }) => agent.upgrade !== null))
  const [begun, setBegun] = useState<ReadonlyMap<string, string>>(new Map())
  const start = useMutation({
    mutationFn: async () => {
      for (const { id } of fit) {
        if (begun.has(id)) continue
        const operation = await call('respondOnAsset', { id, body: { name: 'upgrade agent' } })
        setBegun((before) => new Map(before).set(id, operation.id))
      }
    },
  })
  const skipped = assets.length - fit.length
  const isBegun = fit.every(({ id }) => begun.has(id))
  return (
    <Dialog title={t('upgrade.title', { count: fit.length })} width={640} onClose={onClose}>
      <DialogBody>
        <p>{t('upgrade.words')}</p>
        {fit.some(({ agent }) => agent.state !== 'online') && <p className={classes.dim}>{t('upgrade.away')}</p>}
        {skipped > 0 && <p className={classes.dim}>{t('upgrade.skipped', { count: skipped })}</p>}
        <Progress fit={fit} begun={begun} />
        <Failure error={start.error} />
        <DialogButtons>
          <Button variant="default" onClick={onClose}>
            {part(isBegun ? 'close' : 'cancel')}
          </Button>
          {!isBegun && (
            <Button data-autofocus loading={start.isPending} onClick={() => start.mutate()}>
              {t('upgrade.start')}
            </Button>
          )}
        </DialogButtons>
      </DialogBody>
    </Dialog>
  )
}

function Progress({ fit, begun }: { fit: UpgradeProps['assets']; begun: ReadonlyMap<string, string> }) {
  const { t } = useTranslation(['assets', 'response'])
  const list = useInfiniteQuery({
    ...operationsQuery({ name: 'upgrade agent', limit: followedMost }),
    enabled: begun.size > 0,
  })
  const tasks = new Map(
    list.data?.pages.flatMap(({ items }) => items.map(({ id, tasks: [task] }) => [id, task] as const)),
  )
  return (
    <div className={classes.scroller}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>{t('upgrade.server')}</th>
            <th>{t('upgrade.version')}</th>
            <th>{t('upgrade.state')}</th>
          </tr>
        </thead>
        <tbody>
          {fit.map(({ id, name, agent }) => {
            const task = tasks.get(begun.get(id) ?? '')
            const state = task?.state ?? (begun.has(id) ? 'queued' : null)
            const isOpen = state === 'running' && task?.progress !== null && task?.progress !== undefined
            return (
              <tr key={id}>
                <td>
                  <VisibleText value={name} />
                </td>
                <td>{t('upgrade.to', { from: agent.version, to: agent.upgrade })}</td>
                <td aria-live="polite">
                  {state === null ? (
                    <span className={classes.dim}>{t('upgrade.waiting')}</span>
                  ) : (
                    <TaskState state={state}>
                      {t(`response:taskState.${state}`)}
                      {isOpen && ` ${Math.round((task?.progress ?? 0) * 100)} %`}
                    </TaskState>
                  )}
                  {task?.message && state !== 'running' && (
                    <div className={classes.dim}>
                      <VisibleText value={task.message} />
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
