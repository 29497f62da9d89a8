/** The title of an incident in the reader's language, from its parts. */
import type { IncidentRow } from '@rampart/api'
import { useTranslation } from 'react-i18next'
import { visibleText } from '../../parts/visible-text.ts'

export function useIncidentTitle(): (incident: Pick<IncidentRow, 'title' | 'headline'>) => string {
  const { t, i18n } = useTranslation('incidents')
  return ({ title, headline }) => {
    if (i18n.language === 'en') return visibleText(title)
    const { lead, start, address, asset, otherAssets } = headline
    return visibleText(
      [
        t('title.on', { asset, lead }),
        start === null ? '' : t('title.start', { start }),
        address === null ? '' : t('title.from', { address }),
        otherAssets > 0 ? t('title.others', { count: otherAssets }) : '',
      ].join(''),
    )
  }
}
