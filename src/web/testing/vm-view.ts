import { vmView as fixture } from '../../../test/fixtures/views.ts'
import type { VmView } from '../../contract/vm.ts'
import { vmRow } from './examples.ts'

/** A VM as the daemon shows it, for tests: one that runs, with everything that a test does not name made up. */
export function vmView(change: Partial<VmView> = {}): VmView {
  return fixture({ ...vmRow({ tags: ['web'] }), firmware: 'uefi', network: 'user', refusals: {}, ...change })
}
