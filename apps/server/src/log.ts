/** Structured log without secrets: JSON lines to standard error or a private file, which is rotated by size. */
import pino, { type Logger } from 'pino'
import { RotatingFile } from './rotating-file.ts'

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
  if (target === 'stderr') return pino(options, pino.destination({ dest: 2, sync: false }))
  return pino(options, new RotatingFile(target))
}
