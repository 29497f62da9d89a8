/** One operation on a server as a whole before it begins: what happens, for how long, what stays reachable, how it is undone. */
import { Button, Modal, Select, Textarea, TextInput } from '@mantine/core'
import type { AssetDetail, HostResponseName } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { VisibleText } from '../../parts/evidence-text.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'
import { useErrorWords } from '../../parts/page-states.tsx'
import classes from './host-responses.module.css'

interface Props {
  asset: AssetDetail
  name: HostResponseName
  onClose: () => void
}

const times = ['60', '360', '1440', '10080', 'none']

export function HostResponseDialog({ asset, name, onClose }: Props) {
  const { t } = useTranslation('response')
  const words = useErrorWords()
  const client = useQueryClient()
  const renew = useRenewResponses()
  const [minutes, setMinutes] = useState('1440')
  const [allow, setAllow] = useState('')
  const [note, setNote] = useState('')
  const isolates = name === 'isolate host'
  const begin = useMutation({
    mutationFn: () =>
      call('respondOnAsset', {
        id: asset.id,
        body: {
          name,
          ...(note.trim() && { note: note.trim() }),
          ...(isolates && {
            minutes: minutes === 'none' ? null : Number(minutes),
            allow: allow.split(/[\s,]+/).filter(Boolean),
          }),
        },
      }),
    onSuccess: onClose,
    onSettled: () => {
      renew()
      void client.invalidateQueries({ queryKey: ['assets'] })
    },
  })
  const failure = begin.error && words(begin.error)
  const warning = asset.responses.find((offer) => offer.name === name)?.warning
  return (
    <Modal
      opened
      onClose={onClose}
      title={t(`name.${name}`)}
      size={560}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          begin.mutate()
        }}
      >
        {isolates && (
          <>
            <Select
              label={t('dialog.time')}
              allowDeselect={false}
              value={minutes}
              onChange={(value) => setMinutes(value ?? '1440')}
              data={times.map((value) => ({ value, label: t(`minutes.${value}`) }))}
            />
            <TextInput
              label={t('dialog.allow')}
              description={t('dialog.allowHint')}
              value={allow}
              onChange={(event) => setAllow(event.currentTarget.value)}
            />
          </>
        )}
        <dl className={classes.words}>
          <dt>{t('dialog.happens')}</dt>
          <dd>{t(`happens.${name}`)}</dd>
          <dt>{t('dialog.where')}</dt>
          <dd>
            <VisibleText value={asset.name} />
            {warning && <div className={classes.dim}>{warning}</div>}
          </dd>
          <dt>{t('dialog.undo')}</dt>
          <dd>{t(`undoing.${name}`)}</dd>
        </dl>
        <Textarea
          label={t('dialog.note')}
          autosize
          minRows={2}
          maxRows={6}
          maxLength={4_000}
          value={note}
          onChange={(event) => setNote(event.currentTarget.value)}
        />
        {failure && (
          <p role="alert" className={classes.failure}>
            <strong>{failure.title}</strong> {failure.advice}
          </p>
        )}
        <div className={classes.buttons}>
          <Button variant="default" onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button type="submit" loading={begin.isPending} data-autofocus>
            {t(`name.${name}`)}
          </Button>
        </div>
      </form>
    </Modal>
  )
}
