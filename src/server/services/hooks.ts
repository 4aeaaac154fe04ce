import type { GuestHooks } from '../../contract/hooks.ts'
import { neverAborted } from '../../core/cancel.ts'
import { StillpointError } from '../../core/error.ts'
import { type HooksState, installHooks, removeHooks, showHooks } from '../../guest/hooks-install.ts'
import type { VmDocument } from '../../inventory/document.ts'
import type { Services } from '../services.ts'
import type { ServiceContext } from './context.ts'

type HooksServices = Pick<Services, 'showHooks' | 'installHooks' | 'removeHooks'>

/** Each in the VM's turn: two at once cannot talk to a guest's agent. */
export function hooksServices({ machines, start, inTurn }: ServiceContext): HooksServices {
  const { inventory } = machines.deps

  async function agentSocketOf({ id, name }: VmDocument): Promise<string> {
    const state = await machines.powerState(id)
    if (state === 'running') return machines.running(id).agentSocket
    throw new StillpointError(
      'vm_state',
      `VM "${name}" is ${state}; its hooks can be reached only while its guest runs.`,
      { details: { vmId: id, state } },
    )
  }

  const view = ({ installed, offered, hooks, isHeld }: HooksState): GuestHooks => ({
    installed,
    offered,
    hooks: [...hooks],
    isHeld,
  })

  return {
    async showHooks(vm) {
      const document = inventory.find(vm)
      return await machines.turn(document.id, neverAborted, async () =>
        view(await showHooks(await agentSocketOf(document))),
      )
    },

    installHooks(vm) {
      const document = inventory.find(vm)
      return start(document, 'hooks.install', 'Installing Hooks', (context) =>
        inTurn(document, context, async () => view(await installHooks(await agentSocketOf(document)))),
      )
    },

    removeHooks(vm) {
      const document = inventory.find(vm)
      return start(document, 'hooks.remove', 'Removing Hooks', (context) =>
        inTurn(document, context, async () => view(await removeHooks(await agentSocketOf(document)))),
      )
    },
  }
}
