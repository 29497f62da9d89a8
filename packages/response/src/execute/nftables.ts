/** Runs text commands of nftables in this process through libnftables, without a shell or another program. */
import koffi from 'koffi'

function bind() {
  const library = koffi.load('libnftables.so.1')
  return {
    create: library.func('void *nft_ctx_new(uint32_t)'),
    bufferOutput: library.func('int nft_ctx_buffer_output(void *)'),
    bufferError: library.func('int nft_ctx_buffer_error(void *)'),
    output: library.func('const char *nft_ctx_get_output_buffer(void *)'),
    error: library.func('const char *nft_ctx_get_error_buffer(void *)'),
    run: library.func('int nft_run_cmd_from_buffer(void *, const char *)'),
    free: library.func('void nft_ctx_free(void *)'),
  }
}

let bound: ReturnType<typeof bind> | undefined

export type NftResult = { ok: true; output: string } | { ok: false; code: string; message: string }

/** One transaction: all of it holds afterwards, or nothing. `text` is built by us from checked addresses only. */
export function runNft(text: string): NftResult {
  try {
    bound ??= bind()
  } catch {
    return {
      ok: false,
      code: 'firewall.unavailable',
      message:
        'libnftables.so.1 is missing on this host: install the package libnftables1 (Debian) or nftables (RHEL).',
    }
  }
  const context = bound.create(0)
  try {
    bound.bufferOutput(context)
    bound.bufferError(context)
    if (bound.run(context, text) === 0) return { ok: true, output: bound.output(context) ?? '' }
    const said = String(bound.error(context) ?? '').split('\n')[0] ?? ''
    return { ok: false, code: 'firewall.refused', message: `The kernel did not take the rules: ${said}` }
  } finally {
    bound.free(context)
  }
}
