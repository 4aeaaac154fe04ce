import { z } from 'zod'

/** The hooks in a guest that make its applications consistent before it is frozen. */
export const guestHooksSchema = z.object({
  /** Version in the guest; null when none are installed. */
  installed: z.string().nullable(),
  /** Version that comes with this Stillpoint. */
  offered: z.string(),
  hooks: z.array(
    z.object({
      /** Name of its file. */
      hook: z.string(),
      /** `own`: the guest's administrator wrote it. */
      origin: z.enum(['stillpoint', 'own']),
      /** The application, when it runs; null when not. */
      application: z.string().nullable(),
    }),
  ),
  /** Applications are held at this moment. */
  isHeld: z.boolean(),
})
export type GuestHooks = z.infer<typeof guestHooksSchema>
