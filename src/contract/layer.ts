import { z } from 'zod'

export const layerViewSchema = z.object({
  id: z.string(),
  diskId: z.string(),
  /** The layer that it holds the differences to; null for a base. */
  parentId: z.string().nullable(),
  /** The user's own image, used in place. */
  linked: z.boolean(),
  /** Allocated by its file; null when it cannot be read. */
  sizeBytes: z.int().nullable(),
  /** Now writes to it. */
  isActive: z.boolean(),
  /** Checkpoints and discarded states that are read from it; none and not active: it is an internal layer. */
  states: z.array(z.object({ id: z.string(), name: z.string() })),
})
export type LayerView = z.infer<typeof layerViewSchema>
