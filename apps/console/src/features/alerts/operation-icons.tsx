/** Icons of what can be done with alerts. */
import type { OperationName, ResponseName } from '@rampart/api'
import {
  IconArrowBackUp,
  IconBan,
  IconBiohazard,
  IconBucketDroplet,
  IconCheck,
  IconEyeOff,
  IconFileOff,
  IconListCheck,
  IconMessage,
  IconPlayerStop,
  IconPlugConnectedX,
  IconRotate,
  IconShieldOff,
  IconStethoscope,
  IconThumbDown,
  IconUserPlus,
} from '@tabler/icons-react'

const icons: Record<OperationName | ResponseName, typeof IconCheck> = {
  'handled manually': IconCheck,
  'add to whitelist': IconListCheck,
  'defend without notification': IconShieldOff,
  ignore: IconEyeOff,
  'false positive': IconThumbDown,
  reopen: IconRotate,
  undo: IconArrowBackUp,
  'add note': IconMessage,
  assign: IconUserPlus,
  'virus removal': IconBiohazard,
  quarantine: IconFileOff,
  'kill process': IconPlayerStop,
  'deep cleanup': IconBucketDroplet,
  'block IP': IconBan,
  'isolate host': IconPlugConnectedX,
  troubleshoot: IconStethoscope,
}

export function OperationIcon({ name, size = 15 }: { name: OperationName | ResponseName; size?: number }) {
  const Icon = icons[name]
  return <Icon size={size} aria-hidden />
}
