/** Structured log without secrets: JSON lines to standard error or a private file. */
import { openSync } from 'node:fs'
import pino, { type Logger } from 'pino'

/** `target`: a file, `stderr` or `none`. */
export function createLog(target: string, level: string): Logger {
  const options = {
    level: target === 'none' ? 'silent' : level,
    base: { program: 'rampart-server' },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', 'token', '*.password', '*.token', 'req.headers', '*.cookie', '*.authorization'],
      censor: '[secret]',
    },
    serializers: { error: pino.stdSerializers.err },
  }
  if (target === 'none') return pino(options)
  const descriptor = target === 'stderr' ? 2 : openSync(target, 'a', 0o600)
  return pino(options, pino.destination({ dest: descriptor, sync: false }))
}
