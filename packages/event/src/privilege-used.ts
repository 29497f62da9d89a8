/** Event `privilege.used`. */
import { z } from 'zod'
import { defineEvent } from './base.ts'

export const privilegeUsed = defineEvent(
  'privilege.used',
  'A process changed its credentials or used a privileged interface.',
  {
    operation: z
      .enum([
        'setuid',
        'setgid',
        'capset',
        'sudo',
        'su',
        'pkexec',
        'mount',
        'umount',
        'unshare',
        'setns',
        'bpf',
        'io-uring',
        'raw-socket',
        'packet-socket',
        'kill',
        'swapoff',
        'reboot',
        'perf',
        'keyctl',
        'clone',
        'pivot-root',
        'chroot',
        'module-load',
        'module-unload',
        'kexec',
        'setfsuid',
        'setfsgid',
        'ambient',
      ])
      .meta({ description: 'What was done.' }),
    targetUser: z
      .object({ id: z.number().int().optional(), name: z.string().max(256).optional() })
      .meta({ description: 'The account changed to.' })
      .optional(),
    target: z
      .string()
      .max(8192)
      .meta({ description: 'What it was done to: mount point, bpf command, signal and pid, capability, …' })
      .optional(),
    source: z.string().max(8192).meta({ description: 'Mount source and the like.' }).optional(),
    flags: z.number().meta({ description: 'Raw flags of the call.' }).optional(),
    outcome: z.enum(['success', 'failure']).meta({ description: 'Result, where the sensor sees it.' }).optional(),
    message: z.string().max(8192).meta({ description: 'The log line, when the source is a log.' }).optional(),
  },
)
export type PrivilegeUsed = z.infer<typeof privilegeUsed>
