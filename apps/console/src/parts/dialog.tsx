/** The shape of every dialog: title, what happens, fields, the server's refusal, buttons. Escape closes it, the focus stays inside and goes back. */
import { Button, Drawer, Modal, Textarea } from '@mantine/core'
import type { AlertDetail } from '@rampart/api'
import { type ReactNode, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './dialog.module.css'
import { useFocusInside } from './dialog-focus.ts'
import { EvidenceText, VisibleText } from './evidence-text.tsx'
import { Failure } from './failure.tsx'
import { LevelMark } from './level-mark.tsx'
import { longestNote } from './written-note.tsx'

interface DialogProps {
  title: string
  /** Pixels; narrower screens take their own width. */
  width?: number
  onClose: () => void
  children: ReactNode
}

/** A dialog in the middle of the screen. */
export function Dialog({ title, width = 520, onClose, children }: DialogProps) {
  const { t } = useTranslation('parts')
  return (
    <Modal opened onClose={onClose} title={title} size={width} closeButtonProps={{ 'aria-label': t('close') }}>
      <Inside>{children}</Inside>
    </Modal>
  )
}

interface SideProps extends DialogProps {
  from?: 'left' | 'right'
  opened?: boolean
}

/** A dialog at the edge, for what is long or stands beside a list. */
export function SideDialog({ title, width = 560, from = 'right', opened = true, onClose, children }: SideProps) {
  const { t } = useTranslation('parts')
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position={from}
      title={title}
      size={width}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Inside>{children}</Inside>
    </Drawer>
  )
}

function Inside({ children }: { children: ReactNode }) {
  const content = useRef<HTMLDivElement>(null)
  useFocusInside(content)
  return <div ref={content}>{children}</div>
}

interface FormProps {
  /** The mutation behind the button: its wait and its refusal are shown. */
  action: { isPending: boolean; error: unknown }
  onSubmit: () => void
  /** Without it there is no button to cancel. */
  onCancel?: () => void
  confirm: string
  danger?: boolean
  disabled?: boolean
  /** The button has the focus at first, where no field is to have it. */
  focusConfirm?: boolean
  /** Stands behind the refusal. */
  refusal?: ReactNode
  /** Further buttons, before the others. */
  buttons?: ReactNode
  children: ReactNode
}

/** Fields, then the refusal of the last try, then the buttons. Enter submits, never twice. */
export function DialogForm(props: FormProps) {
  const { action, onSubmit, onCancel, confirm, danger, disabled = false, focusConfirm, refusal, buttons } = props
  const { t } = useTranslation('parts')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (!disabled && !action.isPending) onSubmit()
      }}
    >
      {props.children}
      <Failure error={action.error}>{refusal}</Failure>
      <DialogButtons>
        {buttons}
        {onCancel && (
          <Button variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        )}
        <Button
          type="submit"
          loading={action.isPending}
          disabled={disabled}
          {...(danger && { color: 'red.9' })}
          {...(focusConfirm && { 'data-autofocus': true })}
        >
          {confirm}
        </Button>
      </DialogButtons>
    </form>
  )
}

/** The last line of a dialog. */
export function DialogButtons({ children }: { children: ReactNode }) {
  return <div className={classes.buttons}>{children}</div>
}

/** The content of a dialog that is no form. */
export function DialogBody({ children }: { children: ReactNode }) {
  return <div className={classes.form}>{children}</div>
}

interface ConsequencesProps {
  happens: ReactNode
  where?: ReactNode
  undo: ReactNode
  /** What follows, under a name of its own. */
  more?: { name: string; words: ReactNode } | false
}

/** What will happen, where, and how it is undone. */
export function Consequences({ happens, where, undo, more }: ConsequencesProps) {
  const { t } = useTranslation('parts')
  return (
    <dl className={classes.consequences}>
      <dt>{t('consequences.happens')}</dt>
      <dd>{happens}</dd>
      {where && (
        <>
          <dt>{t('consequences.where')}</dt>
          <dd>{where}</dd>
        </>
      )}
      <dt>{t('consequences.undo')}</dt>
      <dd>{undo}</dd>
      {more && (
        <>
          <dt>{more.name}</dt>
          <dd>{more.words}</dd>
        </>
      )}
    </dl>
  )
}

/** The alert that a dialog is about. */
export function AboutAlert({ detail }: { detail: AlertDetail }) {
  return (
    <div className={classes.alert}>
      <LevelMark level={detail.level} />
      <div className={classes.what}>
        <div className={classes.title}>{detail.title}</div>
        <div className={classes.dim}>
          <VisibleText value={detail.asset.name} />
          {' · '}
          <EvidenceText value={detail.entity.value} />
        </div>
      </div>
    </div>
  )
}

interface NoteProps {
  label: string
  value: string
  onChange: (value: string) => void
  placeholder?: string
  /** It has the focus at first. */
  first?: boolean
}

/** Words for the history. */
export function NoteField({ label, value, onChange, placeholder, first }: NoteProps) {
  return (
    <Textarea
      {...(first && { 'data-autofocus': true })}
      {...(placeholder && { placeholder })}
      label={label}
      autosize
      minRows={2}
      maxRows={8}
      maxLength={longestNote}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
