import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

/** The console: built from `src/web` into `dist/web`, which the daemon serves. */
export default defineConfig({
  root: 'src/web',
  base: '/',
  plugins: [react(), precompressed()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    // Preloading is done with `link` elements; Vite's helper for old browsers would be an inline script.
    modulePreload: { polyfill: false },
    // Everything comes from the daemon under a policy without `data:` scripts and styles.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
    rolldownOptions: {
      // What the first page needs is one file: as fifty it compresses worse, and each has headers of its own.
      output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
    },
  },
  test: {
    environment: 'jsdom',
    include: ['**/*.test.tsx'],
    setupFiles: ['./testing/setup.ts'],
    maxWorkers: 2,
    testTimeout: 30_000, // of a machine that is busy with others
  },
})

/** Writes `.gz` and `.br` beside text files, once, so that the daemon need not compress them for each browser. */
function precompressed(): Plugin {
  const isText = /\.(js|css|html|svg|json|webmanifest)$/
  return {
    name: 'stillpoint:precompressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post', // Vite itself changes chunks in this hook: the links of what is loaded on demand
      async handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (!isText.test(file.fileName) || file.fileName.endsWith('.html')) continue // the page gets a nonce
          const content = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          if (content.length < 1024) continue
          const params = { [constants.BROTLI_PARAM_QUALITY]: 9 }
          const small = await Promise.all([
            promisify(brotliCompress)(content, { params }),
            promisify(gzip)(content, { level: 9 }),
          ])
          for (const [index, extension] of ['br', 'gz'].entries()) {
            const source = small[index]
            if (source) this.emitFile({ type: 'asset', fileName: `${file.fileName}.${extension}`, source })
          }
        }
      },
    },
  }
}
