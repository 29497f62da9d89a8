/** Dialog that makes the one line which installs and enrols an agent, then follows the new server until its first events. */
import { Button, Select } from '@mantine/core'
import type { EnrolmentToken } from '@rampart/api'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Dialog, DialogBody, DialogButtons, DialogForm } from '../../parts/dialog.tsx'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { useFormats } from '../../parts/time.ts'
import classes from './add-server.module.css'
import { EnrolmentProgress } from './enrolment-progress.tsx'

const lifetimes = ['60', '1440', '10080'] as const
const useCounts = ['1', '10', '100'] as const

export function AddServer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('assets')
  const [uses, setUses] = useState('1')
  const [minutes, setMinutes] = useState('60')
  const make = useMutation({
    mutationFn: () => call('createEnrolmentToken', { body: { uses: Number(uses), minutes: Number(minutes) } }),
  })
  return (
    <Dialog title={t('add.title')} width={680} onClose={onClose}>
      {make.data ? (
        <DialogBody>
          <Line made={make.data} />
          <EnrolmentProgress tokenId={make.data.id} />
          <DialogButtons>
            <Button onClick={onClose}>{t('add.done')}</Button>
          </DialogButtons>
        </DialogBody>
      ) : (
        <DialogForm action={make} onSubmit={() => make.mutate()} onCancel={onClose} confirm={t('add.make')}>
          <p>{t('add.intro')}</p>
          <div className={classes.fields}>
            <Select
              label={t('add.uses')}
              value={uses}
              onChange={(value) => value && setUses(value)}
              data={useCounts.map((count) => ({ value: count, label: t('add.useCount', { count: Number(count) }) }))}
              allowDeselect={false}
            />
            <Select
              label={t('add.lifetime')}
              value={minutes}
              onChange={(value) => value && setMinutes(value)}
              data={lifetimes.map((length) => ({ value: length, label: t(`add.minutes.${length}`) }))}
              allowDeselect={false}
            />
          </div>
        </DialogForm>
      )}
    </Dialog>
  )
}

/** The line to run: with a package of this server, or from a checkout when it has none. */
function Line({ made }: { made: EnrolmentToken }) {
  const { t } = useTranslation('assets')
  const formats = useFormats()
  const { install } = made
  const command = install?.command ?? made.command
  return (
    <>
      <p>{t(install ? 'add.run' : 'add.runCheckout')}</p>
      <div className={classes.command}>
        <EvidenceText value={command} />
        <CopyButton value={command} label={t('add.copy')} />
      </div>
      {install ? (
        <details className={classes.dim}>
          <summary>{t('add.about')}</summary>
          <ul className={classes.notes}>
            <li>{t('add.package', { version: install.version, size: formats.bytes(install.sizeBytes) })}</li>
            <li>{t('add.pinned')}</li>
            <li>{t('add.private')}</li>
            <li>{t('add.noSystemd')}</li>
          </ul>
        </details>
      ) : (
        <p className={classes.dim}>{t('add.noPackage')}</p>
      )}
    </>
  )
}
