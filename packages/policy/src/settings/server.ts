/** Settings that the server needs before anybody can sign in. Options of the command line come before them. */
import type { SettingDefinition } from './definition.ts'

export const serverSettings = {
  'server.listen': {
    kind: 'text',
    default: '127.0.0.1:7350',
    maxLength: 256,
    meaning: 'Address and port of the console and the API. Other than loopback it is served with TLS.',
    takesEffect: 'restart',
    where: 'file',
  },
  'server.agentListen': {
    kind: 'text',
    default: '127.0.0.1:7351',
    maxLength: 256,
    meaning: 'Address and port that agents connect to, always with TLS.',
    takesEffect: 'restart',
    where: 'file',
  },
  'server.names': {
    kind: 'list',
    default: [],
    meaning:
      'DNS names and addresses by which this server is reached, for its certificates and the check of the Host header.',
    takesEffect: 'restart',
    where: 'file',
  },
  'server.tlsCertificate': {
    kind: 'text',
    default: '',
    maxLength: 4096,
    meaning: 'Certificate of the console (PEM file) instead of one of the own authority; with server.tlsKey.',
    takesEffect: 'restart',
    where: 'file',
  },
  'server.tlsKey': {
    kind: 'text',
    default: '',
    maxLength: 4096,
    meaning: 'Private key of the console (PEM file).',
    takesEffect: 'restart',
    where: 'file',
  },
  'server.logLevel': {
    kind: 'choice',
    default: 'warn',
    choices: ['debug', 'info', 'warn', 'error'],
    meaning: 'The least serious kind of line that the log takes.',
    takesEffect: 'restart',
    where: 'file',
  },
} as const satisfies Record<string, SettingDefinition>
