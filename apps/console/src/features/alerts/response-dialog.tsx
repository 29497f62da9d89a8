/** One operation of agents before it begins: what happens, where, to exactly what, for how long, and how it is undone. */
import { Checkbox, Radio, Select, TextInput } from '@mantine/core'
import type { AlertDetail, ResponseName, ResponseOffers } from '@rampart/api'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiFailure, call } from '../../api/client.ts'
import { alertQuery } from '../../api/queries.ts'
import { BlockedAlready, useBlockedAlready } from '../../parts/blocked-already.tsx'
import { AboutAlert, Consequences, Dialog, DialogForm, NoteField } from '../../parts/dialog.tsx'
import { EvidenceText, VisibleText } from '../../parts/evidence-text.tsx'
import { useRenewResponses } from '../../parts/operation-card.tsx'
import { Said } from '../../parts/said.tsx'
import classes from './handling-dialog.module.css'

interface Props {
  detail: AlertDetail
  offers: ResponseOffers
  name: ResponseName
  /** Chosen at first, when it may be acted on. */
  address?: string
  onClose: () => void
}

const blockMinutes = ['60', '360', '1440', '10080', 'none']
const needsProcess: readonly ResponseName[] = ['kill process', 'virus removal']
const needsFile: readonly ResponseName[] = ['quarantine', 'virus removal']
const needsTime: readonly ResponseName[] = ['block IP', 'isolate host']

export function ResponseDialog({ detail, offers, name, address: asked, onClose }: Props) {
  const { t } = useTranslation('response')
  const client = useQueryClient()
  const renew = useRenewResponses()
  const processes = offers.processes.filter(({ barred }) => barred === null)
  const files = offers.files.filter(({ barred }) => barred === null)
  const addresses = offers.addresses.filter(({ barred }) => barred === null)
  const [process, setProcess] = useState(() => processes.map(({ entityId }) => entityId))
  const [file, setFile] = useState(() => usualFiles(files))
  const first = addresses.find((one) => one.address === asked) ?? addresses[0]
  const [address, setAddress] = useState(first?.address)
  const already = useBlockedAlready(name === 'block IP' ? (address ?? '') : '')
  const [tree, setTree] = useState(true)
  const [direction, setDirection] = useState<'in' | 'out' | 'both'>(first?.role === 'destination' ? 'out' : 'in')
  const [minutes, setMinutes] = useState('1440')
  const [everywhere, setEverywhere] = useState(false)
  const [allow, setAllow] = useState('')
  const [note, setNote] = useState('')
  const respond = useMutation({
    mutationFn: () =>
      call('respondToAlert', {
        id: detail.id,
        body: {
          name,
          version: detail.version,
          ...(note.trim() && { note: note.trim() }),
          ...(needsProcess.includes(name) && process.length > 0 && { processes: process, tree }),
          ...(needsFile.includes(name) && file.length > 0 && { files: file }),
          ...(name === 'block IP' && address && { address, direction, everywhere, ifBlocked: already.ifBlocked }),
          ...(needsTime.includes(name) && { minutes: minutes === 'none' ? null : Number(minutes) }),
          ...(name === 'isolate host' && { allow: allow.split(/[\s,]+/).filter(Boolean) }),
        },
      }),
    onSuccess: onClose,
    onError: (error) => {
      if (error instanceof ApiFailure && error.status === 409)
        void client.invalidateQueries({ queryKey: alertQuery(detail.id).queryKey })
    },
    onSettled: renew,
  })
  const isSystem = files.some((one) => one.isSystem && file.includes(one.path))
  const isNothing = (name === 'kill process' && process.length === 0) || (needsFile.includes(name) && file.length === 0)
  const warning = offers.offers.find((offer) => offer.name === name)?.warning
  return (
    <Dialog title={t(`name.${name}`)} width={580} onClose={onClose}>
      <DialogForm
        action={respond}
        onSubmit={() => respond.mutate()}
        onCancel={onClose}
        confirm={t('dialog.confirm', { name: t(`name.${name}`) })}
        disabled={isNothing}
        focusConfirm
      >
        <AboutAlert detail={detail} />
        {needsProcess.includes(name) && processes.length > 0 && (
          <Several label={t('dialog.process')} value={process} onChange={setProcess}>
            {processes.map((one) => (
              <OneOfSeveral
                key={one.entityId}
                value={one.entityId}
                title={one.commandLine ?? one.executable ?? one.name ?? ''}
                note={[t('dialog.pid', { pid: one.pid }), one.executable].filter(Boolean).join(' · ')}
              />
            ))}
          </Several>
        )}
        {name === 'kill process' && (
          <Checkbox
            label={t('dialog.tree')}
            checked={tree}
            onChange={(event) => setTree(event.currentTarget.checked)}
          />
        )}
        {needsFile.includes(name) && (
          <Several label={t('dialog.file')} value={file} onChange={setFile}>
            {files.map((one) => (
              <OneOfSeveral
                key={one.path}
                value={one.path}
                title={one.path}
                note={one.sha256 ? `${t('dialog.content')} ${one.sha256}` : t('dialog.unknownContent')}
              />
            ))}
          </Several>
        )}
        {needsFile.includes(name) && isSystem && <p className={classes.dim}>{t('dialog.systemFile')}</p>}
        {name === 'block IP' && (
          <>
            <Choices label={t('dialog.address')} value={address} onChange={setAddress}>
              {addresses.map((one) => (
                <Choice key={one.address} value={one.address} title={one.address} />
              ))}
            </Choices>
            <BlockedAlready {...already} />
            <Radio.Group
              label={t('dialog.direction')}
              value={direction}
              onChange={(value) => setDirection(value as 'in' | 'out' | 'both')}
            >
              {(['in', 'out', 'both'] as const).map((one) => (
                <Radio key={one} value={one} label={t(`direction.${one}`)} mt={6} />
              ))}
            </Radio.Group>
            <Checkbox
              label={t('dialog.everywhere')}
              checked={everywhere}
              onChange={(event) => setEverywhere(event.currentTarget.checked)}
            />
          </>
        )}
        {needsTime.includes(name) && (
          <Select
            label={t('dialog.time')}
            allowDeselect={false}
            value={minutes}
            onChange={(value) => setMinutes(value ?? '1440')}
            data={blockMinutes.map((value) => ({ value, label: t(`minutes.${value}`) }))}
          />
        )}
        {name === 'isolate host' && (
          <TextInput
            label={t('dialog.allow')}
            description={t('dialog.allowHint')}
            value={allow}
            onChange={(event) => setAllow(event.currentTarget.value)}
          />
        )}
        <Consequences
          happens={t(`happens.${name}`)}
          where={
            <>
              <VisibleText value={detail.asset.name} />
              {warning && (
                <div className={classes.dim}>
                  <Said value={warning} />
                </div>
              )}
            </>
          }
          undo={t(`undoing.${name}`)}
        />
        <NoteField label={t('dialog.note')} value={note} onChange={setNote} />
      </DialogForm>
    </Dialog>
  )
}

/** The programs that ran, or else the first file: what the server takes when nothing is said. */
function usualFiles(files: ResponseOffers['files']): string[] {
  const ran = files.filter(({ role, isSystem }) => role !== 'file' && !isSystem)
  return (ran.length > 0 ? ran : files.slice(0, 1)).map(({ path }) => path)
}

interface SeveralProps {
  label: string
  value: string[]
  onChange: (value: string[]) => void
  children: ReactNode
}

function Several({ label, value, onChange, children }: SeveralProps) {
  return (
    <Checkbox.Group label={label} value={value} onChange={onChange}>
      {children}
    </Checkbox.Group>
  )
}

function OneOfSeveral({ value, title, note }: { value: string; title: string; note: string }) {
  return (
    <Checkbox mt={6} value={value} label={<EvidenceText value={title} />} description={<EvidenceText value={note} />} />
  )
}

function Choices({
  label,
  value,
  onChange,
  children,
}: {
  label: string
  value: string | undefined
  onChange: (value: string) => void
  children: ReactNode
}) {
  return (
    <Radio.Group label={label} value={value ?? null} onChange={onChange}>
      {children}
    </Radio.Group>
  )
}

function Choice({ value, title }: { value: string; title: string }) {
  return <Radio mt={6} value={value} label={<EvidenceText value={title} />} />
}
