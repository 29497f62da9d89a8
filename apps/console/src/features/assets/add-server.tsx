/** Dialog that makes the one command which installs and enrols an agent. */
import { Button, Modal, Select } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { CopyButton } from '../../parts/copy-button.tsx'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import { ExactTime } from '../../parts/time-text.tsx'
import classes from './add-server.module.css'

const lifetimes = ['60', '1440', '10080'] as const
const useCounts = ['1', '10', '100'] as const

export function AddServer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation('assets')
  const words = useErrorWords()
  const [uses, setUses] = useState('1')
  const [minutes, setMinutes] = useState('60')
  const make = useMutation({
    mutationFn: () => call('createEnrolmentToken', { body: { uses: Number(uses), minutes: Number(minutes) } }),
  })
  const failure = make.error && words(make.error)
  return (
    <Modal opened onClose={onClose} title={t('add.title')} size={620} closeButtonProps={{ 'aria-label': t('close') }}>
      {make.data ? (
        <div className={classes.form}>
          <p>{t('add.run')}</p>
          <div className={classes.command}>
            <EvidenceText value={make.data.command} />
            <CopyButton value={make.data.command} label={t('add.copy')} />
          </div>
          <p className={classes.dim}>
            {t('add.valid', { count: make.data.uses })} <ExactTime at={make.data.expiresAt} />
          </p>
          <p className={classes.dim}>{t('add.next')}</p>
          <div className={classes.buttons}>
            <Button onClick={onClose}>{t('add.done')}</Button>
          </div>
        </div>
      ) : (
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault()
            make.mutate()
          }}
        >
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
          {failure && (
            <p role="alert" className={classes.failure}>
              <strong>{failure.title}</strong> {failure.advice}
            </p>
          )}
          <div className={classes.buttons}>
            <Button variant="default" onClick={onClose}>
              {t('add.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending}>
              {t('add.make')}
            </Button>
          </div>
        </form>
      )}
    </Modal>
  )
}
