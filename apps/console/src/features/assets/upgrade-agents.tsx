/** Dialog that upgrades the agents of one or many servers, and shows what becomes of each. */
import { Button } from '@mantine/core'
import type { AssetRow } from '@rampart/api'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { Dialog, DialogBody, DialogButtons } from '../../parts/dialog.tsx'
import { Failure } from '../../parts/failure.tsx'
import classes from './agent-tasks.module.css'
import { AgentTasks } from './agent-tasks.tsx'

interface UpgradeProps {
  assets: readonly Pick<AssetRow, 'id' | 'name' | 'agent'>[]
  onClose: () => void
}

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
  const versions = new Map(fit.map(({ id, agent }) => [id, { from: agent.version, to: agent.upgrade }]))
  const isBegun = fit.every(({ id }) => begun.has(id))
  return (
    <Dialog title={t('upgrade.title', { count: fit.length })} width={640} onClose={onClose}>
      <DialogBody>
        <p>{t('upgrade.words')}</p>
        {fit.some(({ agent }) => agent.state !== 'online') && <p className={classes.dim}>{t('upgrade.away')}</p>}
        {skipped > 0 && <p className={classes.dim}>{t('upgrade.skipped', { count: skipped })}</p>}
        <AgentTasks
          name="upgrade agent"
          assets={fit}
          begun={begun}
          column={{ title: t('upgrade.version'), cell: (id) => t('upgrade.to', versions.get(id)) }}
        />
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
