/** Build of the console: static files for any server that answers unknown paths with index.html. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2023',
    manifest: true,
    // Not `assets`: that is the address of a page.
    assetsDir: 'static',
    // Fonts and icons stay files: a strict content security policy has no `data:` for them.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env.RAMPART_SERVER ?? 'http://127.0.0.1:8080' } },
})
