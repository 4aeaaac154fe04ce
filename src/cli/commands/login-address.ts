import { readFileSync } from 'node:fs'
import type { Health } from '../../contract/system.ts'
import { messageOf, StillpointError } from '../../core/error.ts'
import type { Context } from '../context.ts'

export async function run(context: Context): Promise<void> {
  const health = await (await context.client()).health()
  const { url, urlElsewhere, token } = context.remote ?? here(context, health)
  // Whatever stands behind the "#" stays in the browser: it is sent to no server, and is in no log.
  const fragment = `/login#token=${encodeURIComponent(token)}`
  const loginUrl = `${url}${fragment}`
  const loginUrlElsewhere = urlElsewhere && `${urlElsewhere}${fragment}`
  context.document({ url, loginUrl, loginUrlElsewhere })
  context.say(loginUrl)
  if (loginUrlElsewhere !== null && loginUrlElsewhere !== loginUrl) {
    context.say(`From other machines: ${loginUrlElsewhere}`)
  }
  context.remark('Whoever opens this address may do everything; do not pass it on.')
}

/** The daemon of this host, whose token can be read by whoever may use it. */
function here(context: Context, health: Health) {
  if (health.console === null) {
    throw new StillpointError(
      'console_unavailable',
      `The daemon of "${health.home}" listens on no TCP address, so it serves no console. Either it was told so (STILLPOINT_LISTEN, --listen), or the address was taken, or its token could not be read; stillpointd.log in that folder says which. Name one and start it again: \`stillpoint daemon stop\`, then \`STILLPOINT_LISTEN=127.0.0.1:7331 stillpoint console\`.`,
      { details: { home: health.home, pid: health.pid } },
    )
  }
  const { url, urlElsewhere, tokenFile } = health.console
  try {
    return { url, urlElsewhere, token: readFileSync(tokenFile, 'utf8').trim() }
  } catch (error) {
    throw new StillpointError(
      'io_error',
      `The console is at ${url}, but the token to log in with cannot be read: ${messageOf(error)}.${context.home === null ? '' : ' A daemon that starts makes a file that is missing: `stillpoint daemon stop`, then `stillpoint console`.'}`,
      { cause: error },
    )
  }
}
