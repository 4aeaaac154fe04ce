import { constants } from 'node:zlib'
import compress from '@fastify/compress'
import type { Api } from './api-type.ts'

/** Below this a packet or two carry an answer as it is. */
const thresholdBytes = 4096

/** JSON, fast rather than small. Files of the console were compressed when they were built; events must not wait. */
export async function addCompression(api: Api): Promise<void> {
  await api.register(compress, {
    threshold: thresholdBytes,
    encodings: ['gzip'],
    customTypes: /^application\/(?:[\w.-]+\+)?json\b/,
    zlibOptions: { level: constants.Z_BEST_SPEED },
    // A small body that unfolds into a large one is nothing that a client of ours sends.
    globalDecompression: false,
  })
}
