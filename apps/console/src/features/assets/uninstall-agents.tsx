/** Dialog that removes the agents of one or many servers: what happens, what is lost, and what became of each. */
import { Button, Checkbox, TextInput } from '@mantine/core'
import type { AssetRow } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure, call } from '../../api/client.ts'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import classes from './agent-tasks.module.css'
import { AgentTasks } from './agent-tasks.tsx'

interface UninstallProps {
  assets: readonly Pick<AssetRow, 'id' | 'name' | 'agent' | 'isolated'>[]
  onClose: () => void
  /** Offered for one server that cannot be reached from here. */
  onToken?: () => void
}

/** An agent that there is. */
export const hasAgent = ({ agent }: Pick<AssetRow, 'agent'>) =>
  agent.state !== 'uninstalled' && agent.state !== 'never connected'

export function UninstallAgents({ assets, onClose, onToken }: UninstallProps) {
  const { t } = useTranslation('assets')
  const client = useQueryClient()
  // As they were when the dialog was opened: one whose agent has gone stays in the list.
  const [fit] = useState(() => assets.filter(hasAgent))
  const [note, setNote] = useState('')
  const [destroys, setDestroys] = useState(false)
  const [begun, setBegun] = useState<ReadonlyMap<string, string>>(new Map())
  const [refused, setRefused] = useState<ReadonlyMap<string, string>>(new Map())
  const start = useMutation({
    mutationFn: async () => {
      setRefused(new Map())
      for (const { id } of fit) {
        if (begun.has(id)) continue
        const body = {
          name: 'uninstall agent' as const,
          note: note.trim() || undefined,
          destroyQuarantined: destroys || undefined,
        }
        try {
          const operation = await call('respondOnAsset', { id, body })
          setBegun((before) => new Map(before).set(id, operation.id))
        } catch (error) {
          // One that does not fit keeps none of the others from going.
          if (!(error instanceof ApiFailure) || error.status !== 409) throw error
          setRefused((before) => new Map(before).set(id, error.message))
        }
      }
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['assets'] }),
  })
  const isBegun = fit.every(({ id }) => begun.has(id))
  const skipped = assets.length - fit.length
  return (
    <Dialog title={t('uninstall.title', { count: fit.length })} width={640} onClose={onClose}>
      <DialogForm
        action={start}
        onSubmit={() => start.mutate()}
        onCancel={onClose}
        confirm={t('uninstall.start')}
        danger
        disabled={isBegun}
        buttons={
          onToken &&
          begun.size === 0 && (
            <Button variant="subtle" onClick={onToken} className={classes.first}>
              {t('uninstall.token')}
            </Button>
          )
        }
      >
        <p>{t('uninstall.words')}</p>
        <ul className={classes.list}>
          {(['sees', 'blocks', 'state', 'stays', 'back'] as const).map((one) => (
            <li key={one}>{t(`uninstall.happens.${one}`)}</li>
          ))}
        </ul>
        {fit.some(({ agent }) => agent.state !== 'online') && <p className={classes.dim}>{t('uninstall.away')}</p>}
        {fit.some(({ isolated }) => isolated !== null) && <p className={classes.warning}>{t('uninstall.isolated')}</p>}
        {skipped > 0 && <p className={classes.dim}>{t('uninstall.skipped', { count: skipped })}</p>}
        {begun.size === 0 && (
          <TextInput
            label={t('uninstall.note')}
            value={note}
            maxLength={2000}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
        )}
        {!isBegun && (
          <Checkbox
            label={t('uninstall.destroys')}
            checked={destroys}
            onChange={(event) => setDestroys(event.currentTarget.checked)}
          />
        )}
        <AgentTasks name="uninstall agent" assets={fit} begun={begun} refused={refused} />
      </DialogForm>
    </Dialog>
  )
}
