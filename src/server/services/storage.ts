import { dayMs } from '../../checkpoint/hygiene/forecast.ts'
import { forgottenOf } from '../../checkpoint/hygiene/forgotten.ts'
import { usageOf } from '../../checkpoint/hygiene/usage.ts'
import type { VolumeState } from '../../checkpoint/hygiene/volume-state.ts'
import type { VolumeView } from '../../contract/storage.ts'
import type { Services } from '../services.ts'
import { viewCheckpoints } from '../views.ts'
import type { ServiceContext } from './context.ts'

type StorageServices = Pick<Services, 'storage' | 'storageHistory' | 'report'>

export function storageServices({ machines, growth }: ServiceContext): StorageServices {
  const { inventory, clock } = machines.deps
  return {
    async storage() {
      const vms = await Promise.all(
        inventory.all().map(async (document) => ({
          vmId: document.id,
          name: document.name,
          ...(await usageOf(document)),
          growthBytesPerHour: growth.growthOf(document.id),
          checkpoints: (await viewCheckpoints(document, document.checkpoints)).map(
            ({ id, name, createdAt, diskBytes, memoryBytes, record }) => ({
              id,
              name,
              createdAt,
              diskBytes,
              memoryBytes,
              pauseMs: record.pauseMs,
              frozenMs: record.frozenMs,
            }),
          ),
        })),
      )
      return { volumes: (await growth.volumesNow()).map(viewVolume), vms }
    },

    storageHistory(days) {
      const sinceMs = clock.now().getTime() - days * dayMs
      const volumes = growth.usedSince(sinceMs).map(({ mountPoint, samples }) => ({
        mountPoint,
        samples: samples.map(({ atMs, bytes }) => ({ at: new Date(atMs).toISOString(), usedBytes: bytes })),
      }))
      return { volumes }
    },

    async report(limits) {
      const all = await Promise.all(
        inventory.all().map(async (document) => {
          const found = forgottenOf(document, limits, clock.now())
          if (!found) return []
          const { layerBytes, memoryBytes } = await usageOf(document)
          const { id, name, createdAt } = found.oldest
          return [
            {
              vmId: document.id,
              name: document.name,
              checkpoints: document.checkpoints.length,
              oldest: { id, name, createdAt },
              bytes: layerBytes + memoryBytes,
              growthBytesPerHour: growth.growthOf(document.id),
              reasons: [...found.reasons],
              advice: found.advice,
            },
          ]
        }),
      )
      const vms = all.flat().sort((a, b) => b.bytes - a.bytes)
      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
      return {
        ...limits,
        vms,
        totals: {
          vms: vms.length,
          checkpoints: sum(vms.map(({ checkpoints }) => checkpoints)),
          bytes: sum(vms.map(({ bytes }) => bytes)),
        },
        volumes: (await growth.volumesNow()).map(viewVolume),
      }
    },
  }
}

export function viewVolume(volume: VolumeState): VolumeView {
  const { mountPoint, sizeBytes, freeBytes, growthPerHour, fullAt, level } = volume
  const vms = volume.vms.map(({ growthPerHour, ...vm }) => ({ ...vm, growthBytesPerHour: growthPerHour }))
  const vmBytes = vms.reduce((total, { bytes }) => total + bytes, 0)
  return { mountPoint, sizeBytes, freeBytes, vmBytes, growthBytesPerHour: growthPerHour, fullAt, level, vms }
}
