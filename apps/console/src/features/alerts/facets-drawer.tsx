/** The filter values where there is no room beside the list. */
import { Button, Drawer } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { FacetGroups, type FacetsProps } from './facets.tsx'

export default function FacetsDrawer({
  opened,
  onClose,
  ...props
}: FacetsProps & { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('alerts')
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      size={320}
      title={t('facet.label')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <FacetGroups {...props} />
      <Button fullWidth mt="lg" size="md" onClick={onClose}>
        {t('facet.done')}
      </Button>
    </Drawer>
  )
}
