/** Restore, download and delete of one file, each with its question. */
import { Button, Checkbox, Menu, Radio, TextInput } from '@mantine/core'
import type { QuarantinedFile } from '@rampart/api'
import { IconDots } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/client.ts'
import { paths } from '../../api/paths.ts'
import { Dialog, DialogForm } from '../../parts/dialog.tsx'
import { EvidenceText } from '../../parts/evidence-text.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'
import classes from '../../parts/page-body.module.css'
import { Said } from '../../parts/said.tsx'

export function FileActions({ file }: { file: QuarantinedFile }) {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const [asking, setAsking] = useState<'restore' | 'delete'>()
  const fetchFile = useMutation({ mutationFn: () => call('fetchQuarantined', { id: file.id }), onSettled: renew })
  const close = () => setAsking(undefined)
  const address = paths.downloadQuarantined[1].replace(':id', encodeURIComponent(file.id))
  return (
    <div className={classes.nowrap}>
      <Button variant="default" size="compact-sm" onClick={() => setAsking('restore')}>
        {t('quarantine.restore')}
      </Button>
      {file.download === 'ready' ? (
        <Button
          component="a"
          href={address}
          download
          variant="default"
          size="compact-sm"
          title={t('quarantine.password')}
        >
          {t('quarantine.download')}
        </Button>
      ) : null}
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <Button variant="default" size="compact-sm" aria-label={t('quarantine.actionsOf', { path: file.path })}>
            <IconDots size={16} aria-hidden />
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={file.download === 'fetching'} onClick={() => fetchFile.mutate()}>
            {file.download === 'fetching' ? t('quarantine.fetching') : t('quarantine.fetch')}
          </Menu.Item>
          <Menu.Item color="red" onClick={() => setAsking('delete')}>
            {t('quarantine.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking === 'restore' && <Restore file={file} onClose={close} />}
      {asking === 'delete' && <Delete file={file} onClose={close} />}
    </div>
  )
}

function Restore({ file, onClose }: { file: QuarantinedFile; onClose: () => void }) {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const [elsewhere, setElsewhere] = useState(false)
  const [path, setPath] = useState(`${file.path}.restored`)
  const [replace, setReplace] = useState(false)
  const [acceptPlace, setAcceptPlace] = useState(false)
  const restore = useMutation({
    mutationFn: () =>
      call('restoreQuarantined', {
        id: file.id,
        body: { path: elsewhere ? path : null, ifInTheWay: replace ? 'replace' : 'refuse', acceptPlace },
      }),
    onSuccess: onClose,
    onSettled: renew,
  })
  return (
    <Dialog title={t('quarantine.restoreTitle')} onClose={onClose}>
      <DialogForm
        action={restore}
        onSubmit={() => restore.mutate()}
        onCancel={onClose}
        confirm={t('quarantine.restore')}
        disabled={elsewhere && !path.startsWith('/')}
        focusConfirm
      >
        <EvidenceText value={file.path} />
        <p className={classes.words}>{t('quarantine.restoreWords')}</p>
        {file.code?.startsWith('restore.') && file.message && (
          <p className={classes.failure}>
            <strong>{t('quarantine.lastTry')}</strong> <Said value={file.message} />
          </p>
        )}
        <Radio.Group
          label={t('quarantine.where')}
          value={elsewhere ? 'other' : 'own'}
          onChange={(value) => setElsewhere(value === 'other')}
        >
          <Radio mt={6} value="own" label={t('quarantine.ownPlace')} />
          <Radio mt={6} value="other" label={t('quarantine.otherPlace')} />
        </Radio.Group>
        {elsewhere && (
          <TextInput
            label={t('quarantine.path')}
            value={path}
            maxLength={4096}
            onChange={(event) => setPath(event.currentTarget.value)}
          />
        )}
        <Checkbox
          label={t('quarantine.replace')}
          checked={replace}
          onChange={(event) => setReplace(event.currentTarget.checked)}
        />
        <Checkbox
          label={t('quarantine.accept')}
          checked={acceptPlace}
          onChange={(event) => setAcceptPlace(event.currentTarget.checked)}
        />
      </DialogForm>
    </Dialog>
  )
}

function Delete({ file, onClose }: { file: QuarantinedFile; onClose: () => void }) {
  const { t } = useTranslation('response')
  const renew = useRenewResponses()
  const remove = useMutation({
    mutationFn: () => call('deleteQuarantined', { id: file.id }),
    onSuccess: onClose,
    onSettled: renew,
  })
  return (
    <Dialog title={t('quarantine.deleteTitle')} onClose={onClose}>
      <DialogForm
        action={remove}
        onSubmit={() => remove.mutate()}
        onCancel={onClose}
        confirm={t('quarantine.delete')}
        danger
        focusConfirm
      >
        <EvidenceText value={file.path} />
        <p className={classes.words}>{t('quarantine.deleteWords')}</p>
      </DialogForm>
    </Dialog>
  )
}
