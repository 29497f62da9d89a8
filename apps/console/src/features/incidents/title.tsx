/** The title of an incident in the reader's language, from its parts. */
import type { IncidentRow } from '@rampart/api'
import { visibleText } from '@rampart/api/visible-text'
import { useTranslation } from 'react-i18next'

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
