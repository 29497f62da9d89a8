/** Names of attack stages in the reader's language, joined as that language joins a list. */
import type { Stage } from '@rampart/api/vocabulary'
import { useTranslation } from 'react-i18next'

export function StageNames({ stages }: { stages: readonly Stage[] }) {
  const { t } = useTranslation('vocabulary')
  return <span>{stages.map((stage) => t(`stage.${stage}`)).join(t('separator'))}</span>
}
