import { StillpointError } from '../../core/error.ts'
import type { Context } from '../context.ts'
import { expiryTime } from '../expiry-time.ts'
import { localTime } from '../format.ts'

interface Options {
  readonly expires?: string
  readonly notes?: string
}

export async function run(context: Context, vm: string, key: string, options: Options): Promise<void> {
  const { expires, notes } = options
  if (expires === undefined && notes === undefined) {
    throw new StillpointError(
      'invalid_request',
      'Nothing was named to change; see `stillpoint checkpoint set --help`.',
    )
  }
  const expiresAt = expires === undefined ? undefined : expiryTime(expires, context.system.now())
  const checkpoint = await (await context.client()).updateCheckpoint(vm, key, { notes, expiresAt })
  context.document(checkpoint)
  context.say(`Changed checkpoint "${checkpoint.name}".`)
  if (expires !== undefined) {
    context.say(
      checkpoint.expiresAt === null
        ? 'It does not expire.'
        : `It is deleted after ${localTime(checkpoint.expiresAt)}.`,
    )
  }
}
