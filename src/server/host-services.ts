import { applyServices } from './services/apply.ts'
import { checkpointServices } from './services/checkpoints.ts'
import { type HostDependencies, serviceContext } from './services/context.ts'
import { diskServices } from './services/disks.ts'
import { doctorServices } from './services/doctor.ts'
import { groupServices } from './services/groups.ts'
import { guardServices } from './services/guards.ts'
import { hooksServices } from './services/hooks.ts'
import { powerServices } from './services/power.ts'
import { screenServices } from './services/screen.ts'
import { storageServices } from './services/storage.ts'
import { systemServices } from './services/system.ts'
import { transferServices } from './services/transfer.ts'
import { usageServices } from './services/usage.ts'
import { vmServices } from './services/vms.ts'
import type { Services } from './services.ts'

/** Names become ids, operations become tasks, records become views; what an operation does is in its room. */
export function createHostServices(deps: HostDependencies): Services {
  const context = serviceContext(deps)
  return {
    ...systemServices(context),
    ...vmServices(context),
    ...usageServices(context),
    ...screenServices(context),
    ...transferServices(context),
    ...powerServices(context),
    ...hooksServices(context),
    ...checkpointServices(context),
    ...groupServices(context),
    ...diskServices(context),
    ...applyServices(context),
    ...guardServices(context),
    ...storageServices(context),
    ...doctorServices(context),
  }
}
