import { actionOf } from '../checkpoint/guard/decide.ts'
import { findEvidence } from '../checkpoint/guard/find.ts'
import { noticesApply } from '../checkpoint/guard/guard.ts'
import { rules } from '../checkpoint/guard/rules.ts'
import type { GuardsView } from '../contract/guard.ts'
import type { VmId } from '../core/ids.ts'
import type { VmDocument } from '../inventory/document.ts'
import type { GuestRoles } from '../machine/guest-roles.ts'
import { type Guard, guards } from '../vm/guards.ts'

interface Described extends Pick<VmDocument, 'name' | 'settings' | 'tags' | 'checkpoints'> {
  readonly id: VmId
  readonly hardware: { readonly generationDevice: boolean }
}

/** Every guard, with what was found and what would be done. */
export function viewGuards(
  roles: Pick<GuestRoles, 'known' | 'unknown'>,
  document: Described,
  groups: readonly string[],
): GuardsView {
  const { id, name, settings, hardware } = document
  const known = roles.known(id)
  const evidence = findEvidence({ document, groups, facts: known?.facts ?? null, target: null })
  const notices = hardware.generationDevice && noticesApply(known?.facts ?? null)
  const applying = (guard: Guard, kind: 'standard' | 'offline') =>
    actionOf(guard, settings, { operation: 'apply', kind, noticesApply: notices, asGroup: false })
  return {
    vmId: id,
    vmName: name,
    guards: guards.map((guard) => ({
      guard,
      ...rules[guard],
      evidence: [...evidence[guard]],
      setting: settings.guards[guard] ?? null,
      onCreate: actionOf(guard, settings, { operation: 'create' }),
      onApply: applying(guard, 'standard'),
      onApplyWithoutMemory: applying(guard, 'offline'),
    })),
    guest: {
      askedAt: known?.at ?? null,
      osName: known?.facts.osName ?? null,
      unknown: roles.unknown(id),
    },
  }
}
