/** One decision about an agent: what it does, how to undo it, and its result. */
import { Button, TextInput } from '@mantine/core'
import type { AssetDetail } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog, DialogBody, DialogButtons, DialogForm } from '../../parts/dialog.tsx'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './add-server.module.css'

export type AgentAct = 'revoke' | 'uninstall' | 'remove'

export function AgentDialog({ asset, act, onClose }: { asset: AssetDetail; act: AgentAct; onClose: () => void }) {
  const { t } = useTranslation('assets')
  const client = useQueryClient()
  const navigate = useNavigate()
  const [reason, setReason] = useState('')
  const run = useMutation({
    mutationFn: async () => {
      if (act === 'uninstall') return call('createUninstallToken', { id: asset.id })
      if (act === 'revoke') await call('revokeAgent', { id: asset.id, body: { reason: reason.trim() } })
      else await call('removeAsset', { id: asset.id })
      return null
    },
    onSuccess: async (made) => {
      if (made) return
      if (act === 'remove') await navigate({ to: '/assets' })
      await client.invalidateQueries({ queryKey: ['assets'] })
      onClose()
    },
  })
  const made = run.data
  const isBlocked = act === 'revoke' && reason.trim() === ''
  return (
    <Dialog
      title={t(`agent.${act}.title`, { name: visibleText(asset.name), interpolation: { escapeValue: false } })}
      width={560}
      onClose={onClose}
    >
      {made ? (
        <DialogBody>
          <p>{t('agent.uninstall.run')}</p>
          <div className={classes.command}>
            <EvidenceText value={made.command} />
            <CopyButton value={made.command} label={t('add.copy')} />
          </div>
          <p className={classes.dim}>
            {t('agent.uninstall.valid')} <ExactTime at={made.expiresAt} />
          </p>
          <DialogButtons>
            <Button onClick={onClose}>{t('add.done')}</Button>
          </DialogButtons>
        </DialogBody>
      ) : (
        <DialogForm
          action={run}
          onSubmit={() => run.mutate()}
          onCancel={onClose}
          confirm={t(`agent.${act}.button`)}
          disabled={isBlocked}
        >
          <p>{t(`agent.${act}.words`)}</p>
          <p className={classes.dim}>{t(`agent.${act}.undo`)}</p>
          {act === 'revoke' && (
            <TextInput
              label={t('agent.revoke.reason')}
              value={reason}
              maxLength={256}
              data-autofocus
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          )}
        </DialogForm>
      )}
    </Dialog>
  )
}
