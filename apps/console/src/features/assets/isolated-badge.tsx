/** Says that a server is cut off from the network. */
import type { AssetRow } from '@rampart/api'
import { IconPlugConnectedX } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import classes from './isolated-badge.module.css'

export function IsolatedBadge({ isolated }: Pick<AssetRow, 'isolated'>) {
  const { t } = useTranslation('assets')
  if (!isolated) return null
  return (
    <span className={classes.badge}>
      <IconPlugConnectedX size={13} aria-hidden />
      {t('isolated.badge')}
    </span>
  )
}
