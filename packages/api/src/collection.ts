/** Shapes of what an asset's agent collects beyond the kernel: logs to follow, receivers of other programs and hosts. */
import { z } from 'zod'

export const logKinds = ['auth', 'access', 'audit', 'suricata', 'text', 'json'] as const
export const receiverKinds = ['syslog-udp', 'syslog-tcp', 'syslog-tls', 'http', 'beats'] as const

const path = z
  .string()
  .max(4096)
  .regex(/^\/[^\0\n]+$/, 'an absolute path')

const logSource = z.object({
  kind: z.enum(logKinds).meta({ description: 'How its lines are read.' }),
  path: path.meta({ description: 'Absolute; `*` stands for any characters of one component.' }),
  service: z
    .string()
    .trim()
    .max(128)
    .optional()
    .meta({ description: "Name of a text log's program; default: from its path." }),
})

const address = /^(?:\[[0-9a-fA-F:]{2,45}\]|\d{1,3}(?:\.\d{1,3}){3}|localhost):\d{1,5}$/
const network = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F:]{2,45})(?:\/\d{1,3})?$/

const receiver = {
  kind: z.enum(receiverKinds),
  listen: z.string().max(64).regex(address, 'an address and a port, as in 127.0.0.1:5514'),
  allow: z
    .array(z.string().max(64).regex(network, 'an address or a network, as in 192.0.2.0/24'))
    .max(256)
    .default([])
    .meta({ description: 'Who may send. Loopback always may; needed for any other address to listen on.' }),
  tls: z
    .object({ certificate: path, key: path, clientAuthority: path.optional() })
    .optional()
    .meta({ description: 'PEM files on the host of the agent.' }),
}

const isLoopback = (listen: string) => /^(?:127\.|localhost:|\[::1\]:)/.test(listen)

/** What an asset's agent is told to collect, as shown. Tokens are kept as digests and never shown. */
export const collection = z
  .object({
    defaultLogs: z.boolean().meta({ description: 'Whether the usual logs of the system are followed.' }),
    logs: z.array(logSource),
    receivers: z.array(z.object({ ...receiver, hasToken: z.boolean() })),
  })
  .meta({ id: 'Collection' })

export const collectionChange = z.object({
  defaultLogs: z.boolean(),
  logs: z.array(logSource).max(256),
  receivers: z
    .array(
      z
        .object({
          ...receiver,
          token: z.string().min(16).max(512).regex(/^\S+$/, 'without spaces').nullable().optional().meta({
            description: 'Bearer token of HTTP senders; absent keeps the one set before, null takes it away.',
          }),
        })
        .superRefine((one, context) => {
          const port = Number(one.listen.slice(one.listen.lastIndexOf(':') + 1))
          const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
          if (port < 1 || port > 65_535) refuse('listen', 'the port is a number from 1 to 65535')
          if (one.kind === 'syslog-tls' && !one.tls) refuse('tls', 'needs a certificate and a key')
          if (!isLoopback(one.listen) && one.allow.length === 0)
            refuse('allow', 'an address other than loopback needs a list of senders')
        }),
    )
    .max(16)
    .refine((all) => new Set(all.map((one) => `${one.kind === 'syslog-udp'}${one.listen}`)).size === all.length, {
      message: 'two receivers listen on the same address',
    }),
})

export type Collection = z.infer<typeof collection>
export type CollectionChange = z.infer<typeof collectionChange>
