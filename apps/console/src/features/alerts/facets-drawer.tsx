/** The filter values where there is no room beside the list. */
import { Button } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { SideDialog } from '../../parts/dialog.tsx'
import { FacetGroups, type FacetsProps } from './facets.tsx'

export default function FacetsDrawer({
  opened,
  onClose,
  ...props
}: FacetsProps & { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('alerts')
  return (
    <SideDialog from="left" opened={opened} title={t('facet.label')} width={320} onClose={onClose}>
      <FacetGroups {...props} />
      <Button fullWidth mt="lg" size="md" onClick={onClose}>
        {t('facet.done')}
      </Button>
    </SideDialog>
  )
}
