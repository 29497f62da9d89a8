/** Copies a text and says so. */
import { ActionIcon, Tooltip } from '@mantine/core'
import { IconCheck, IconCopy, IconLink } from '@tabler/icons-react'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'

interface Props {
  value: string
  small?: boolean
  /** What is copied, when that is not the text beside it: an address of a page. */
  label?: string
}

export function CopyButton({ value, small = false, label }: Props) {
  const { t } = useTranslation('parts')
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1_500)
    return () => clearTimeout(timer)
  }, [copied])
  const words = copied ? t('copied') : (label ?? t('copy'))
  const size = small ? 14 : 16
  const Icon = copied ? IconCheck : label ? IconLink : IconCopy
  return (
    <Tooltip label={words}>
      <ActionIcon
        size={small ? 20 : 28}
        aria-label={words}
        onClick={(click) => {
          click.stopPropagation()
          void copyText(value).then(setCopied)
        }}
      >
        <Icon size={size} />
      </ActionIcon>
    </Tooltip>
  )
}

/** The clipboard API needs a secure context; a console opened by address over plain HTTP has none. */
async function copyText(value: string): Promise<boolean> {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(value).then(
      () => true,
      () => false,
    )
  }
  const area = document.createElement('textarea')
  area.value = value
  area.className = 'sr-only'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
